from django.urls import path

from quotes.views import formula, market_tests, partners, proposals, public, submissions, tariffs

app_name = "quotes"

urlpatterns = [
    path("tests-a-blanc/", market_tests.market_test_list, name="market_test_list"),
    path("tests-a-blanc/nouveau/<int:snapshot_pk>/", market_tests.market_test_create, name="market_test_create"),
    path("tests-a-blanc/<int:pk>/", market_tests.market_test_detail, name="market_test_detail"),
    path("tests-a-blanc/<int:pk>/suivi/", market_tests.market_test_live, name="market_test_live"),
    path("tests-a-blanc/<int:pk>/redemander/", market_tests.market_test_ask_again, name="market_test_ask_again"),
    path("tests-a-blanc/<int:pk>/export/", market_tests.market_test_export, name="market_test_export"),
    path("tests-a-blanc/<int:pk>/offre/", proposals.proposal_create, name="proposal_create"),
    path("clients/<int:client_pk>/tests-a-blanc/", market_tests.client_market_tests, name="client_market_tests"),
    path("consultations/<int:pk>/redemander/", submissions.submission_ask_again, name="submission_ask_again"),
    path("consultations/<int:pk>/conditions/", submissions.submission_quote, name="submission_quote"),
    path("consultations/<int:pk>/tableur/", submissions.submission_spreadsheet, name="submission_spreadsheet"),
    path("consultations/<int:pk>/envoi/", submissions.submission_send, name="submission_send"),
    path("consultations/<int:pk>/reponses/", submissions.submission_answers, name="submission_answers"),
    path("garanties/<int:pk>/", submissions.indication_detail, name="indication_detail"),
    path("garanties/<int:pk>/preuve/", submissions.indication_proof, name="indication_proof"),
    path("garanties/<int:pk>/redemander/", submissions.indication_ask_again, name="indication_ask_again"),
    path("partenaires/", partners.partner_list, name="partner_list"),
    path("partenaires/nouveau/", partners.partner_create, name="partner_create"),
    path("partenaires/<int:pk>/", partners.partner_edit, name="partner_edit"),
    path("tarifs/", tariffs.tariff_list, name="tariff_list"),
    path("tarifs/depart/", tariffs.tariff_start, name="tariff_start"),
    path("tarifs/<int:pk>/", tariffs.tariff_detail, name="tariff_detail"),
    path("tarifs/<int:pk>/modifier/", tariffs.tariff_edit, name="tariff_edit"),
    path("tarifs/<int:pk>/nouvelle-version/", tariffs.tariff_prepare, name="tariff_prepare"),
    path("tarifs/<int:pk>/abandon/", tariffs.tariff_discard, name="tariff_discard"),
    path("photographies/<int:snapshot_pk>/formule/", formula.formula_advice, name="formula_advice"),
    path("photographies/<int:snapshot_pk>/profil/", formula.formula_profile, name="formula_profile"),
    path("offres/", proposals.proposal_list, name="proposal_list"),
    path("offres/<int:pk>/", proposals.proposal_detail, name="proposal_detail"),
    path("offres/<int:pk>/pdf/", proposals.proposal_pdf, name="proposal_pdf"),
    path("offres/<int:pk>/envoi/", proposals.proposal_send, name="proposal_send"),
    path("offres/<int:pk>/etat/", proposals.proposal_status, name="proposal_status"),
    path("offres/<int:pk>/retrait/", proposals.proposal_withdraw, name="proposal_withdraw"),
    path("o/<str:token>/", public.public_proposal, name="public_proposal"),
    path("o/<str:token>/pdf/", public.public_proposal_pdf, name="public_proposal_pdf"),
    path("o/<str:token>/reponse/", public.public_proposal_answer, name="public_proposal_answer"),
]
