from django import forms

from clients.models.saved_view import SavedView


class SavedViewForm(forms.ModelForm):
    """Its name and who sees it."""

    class Meta:
        model = SavedView
        fields = ["name", "is_shared"]
        labels = {"is_shared": "Visible de tout le cabinet"}


class NewViewForm(SavedViewForm):
    class Meta(SavedViewForm.Meta):
        fields = ["list_name", "query", "name", "is_shared"]
        widgets = {"list_name": forms.HiddenInput, "query": forms.HiddenInput}
