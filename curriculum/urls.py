from django.urls import path

from curriculum import views
from curriculum.bringing import views as bringing
from curriculum.editing import views as editing
from curriculum.identity import views as identity
from curriculum.referential import views as referential
from curriculum.scodoc import views as scodoc
from curriculum.workbook import views as workbook

app_name = "curriculum"
urlpatterns = [
    path("", views.programme_list, name="programmes"),
    path("nouveau/", editing.programme_new, name="new"),
    path("importer/", workbook.bring, name="bring_workbook"),
    path("fournis/", bringing.provided, name="provided"),
    path("lire-une-fiche/", bringing.bring_fiche, name="bring_fiche"),
    path("proposition/", views.programme_confirm, name="confirm"),
    path("referentiel/importer/", referential.bring, name="bring_referential"),
    path("referentiel/proposition/", referential.confirm, name="confirm_referential"),
    path("referentiel/<int:pk>/", referential.referential, name="referential"),
    path("scodoc/", scodoc.send, name="scodoc"),
    path("scodoc/parcours/", scodoc.place, name="scodoc_place"),
    path("scodoc/ue/", scodoc.units, name="scodoc_units"),
    path("<int:pk>/", views.programme_detail, name="programme"),
    path("<int:pk>/classeur.xlsx", workbook.download, name="workbook"),
    path("<int:pk>/classeur/", workbook.send_back, name="send_workbook"),
    path("<int:pk>/fiche/", identity.edit_identity, name="identity"),
    path("<int:pk>/modifier/", editing.programme_edit, name="edit"),
    path("<int:pk>/modifier/apercu/", editing.programme_preview, name="preview"),
    path("<int:pk>/nouvelle-version/", views.programme_new_version, name="new_version"),
    path("<int:pk>/differences/<int:since>/", views.programme_differences, name="differences"),
]
