"""What a broker types to send an offer, and what a prospect types to answer it."""

from django import forms

ACCEPT, DECLINE = "accept", "decline"


class ProposalSendForm(forms.Form):
    to = forms.EmailField(label="Destinataire", widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    subject = forms.CharField(label="Objet", max_length=200)
    message = forms.CharField(
        label="Message",
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text="Le lien personnel, le PDF joint et les mentions du cabinet s’ajoutent à la fin.",
    )


class AnswerForm(forms.Form):
    """Accepting needs the power to commit the company; declining does not."""

    name = forms.CharField(
        label="Vos prénom et nom", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    authority = forms.BooleanField(
        label="J’ai pouvoir d’engager la société.",
        required=False,
        help_text="Nécessaire pour accepter, pas pour décliner.",
    )
    comment = forms.CharField(
        label="Commentaire", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    answer = forms.ChoiceField(
        choices=[(ACCEPT, "Accepter"), (DECLINE, "Décliner")],
        widget=forms.HiddenInput,
        error_messages={
            "required": "Choisissez d’accepter ou de décliner.",
            "invalid_choice": "Choisissez d’accepter ou de décliner.",
        },
    )

    def clean(self):
        answer = self.cleaned_data.get("answer")
        if answer == ACCEPT and not self.cleaned_data.get("authority"):
            self.add_error("authority", "Cochez cette case pour accepter au nom de la société.")
        return self.cleaned_data

    @property
    def accepted(self) -> bool:
        return self.cleaned_data["answer"] == ACCEPT
