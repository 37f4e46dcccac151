from django.urls import path

from clients.views import clients, grid, journal, portfolio_files, saved_views, snapshots

app_name = "clients"

urlpatterns = [
    path("", clients.client_list, name="client_list"),
    path("export.xlsx", clients.client_workbook, name="client_workbook"),
    path("export.csv", clients.client_text, name="client_text"),
    path("suivi/", clients.client_assign, name="client_assign"),
    path("vues/", saved_views.view_save, name="view_save"),
    path("vues/<int:pk>/", saved_views.view_open, name="view_open"),
    path("vues/<int:pk>/modifier/", saved_views.view_change, name="view_change"),
    path("vues/<int:pk>/en-premier/", saved_views.view_first, name="view_first"),
    path("vues/<int:pk>/retirer/", saved_views.view_delete, name="view_delete"),
    path("nouveau/", clients.client_create, name="client_create"),
    path("<int:pk>/", clients.client_detail, name="client_detail"),
    path("<int:pk>/modifier/", clients.client_edit, name="client_edit"),
    path("<int:pk>/journal/", journal.journal_list, name="journal_list"),
    path("journal/<int:pk>/annuler/", journal.journal_undo, name="journal_undo"),
    path("<int:pk>/import/", portfolio_files.portfolio_upload, name="portfolio_upload"),
    path("listes/<int:pk>/", portfolio_files.portfolio_file, name="portfolio_file"),
    path("listes/<int:pk>/original/", portfolio_files.portfolio_download, name="portfolio_download"),
    path("listes/<int:pk>/colonnes/", portfolio_files.portfolio_columns, name="portfolio_columns"),
    path("listes/<int:pk>/a-corriger.xlsx", portfolio_files.portfolio_to_correct, name="portfolio_to_correct"),
    path("listes/<int:pk>/plus-gros/", portfolio_files.portfolio_keep_largest, name="portfolio_keep_largest"),
    path("listes/<int:pk>/abandonner/", portfolio_files.portfolio_discard, name="portfolio_discard"),
    path("listes/<int:pk>/confirmer/", portfolio_files.portfolio_confirm, name="portfolio_confirm"),
    path("listes/<int:pk>/lignes/<int:line>/", portfolio_files.portfolio_line_correct, name="portfolio_line_correct"),
    path("photographies/<int:pk>/", snapshots.snapshot_detail, name="snapshot_detail"),
    path("<int:pk>/saisir/", grid.grid_start, name="grid_start"),
    path("photographies/<int:pk>/grille/", grid.grid_detail, name="grid_detail"),
    path("photographies/<int:pk>/grille/ajouter/", grid.grid_line_add, name="grid_line_add"),
    path("photographies/<int:pk>/grille/coller/", grid.grid_paste, name="grid_paste"),
    path("photographies/<int:pk>/grille/<int:exposure_pk>/", grid.grid_line_edit, name="grid_line_edit"),
    path("photographies/<int:pk>/grille/<int:exposure_pk>/retirer/", grid.grid_line_remove, name="grid_line_remove"),
    path("photographies/<int:pk>/chiffres/", snapshots.snapshot_edit, name="snapshot_edit"),
    path("acheteurs/<int:pk>/origine/", portfolio_files.exposure_source, name="exposure_source"),
    path("acheteurs/<int:pk>/", snapshots.exposure_edit, name="exposure_edit"),
]
