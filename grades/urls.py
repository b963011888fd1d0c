from django.urls import path

from grades import views
from grades.appreciations import views as appreciations
from grades.lists import views as lists
from grades.progress import views as progress
from grades.progress.views_together import together
from grades.workbook import views as workbook

app_name = "grades"
urlpatterns = [
    path("", views.teachings, name="teachings"),
    path("<int:pk>/", views.sheet, name="sheet"),
    path("<int:pk>/notes/", views.save, name="save"),
    path("<int:pk>/chiffres/", views.figures, name="figures"),
    path("<int:pk>/apercu/", views.preview, name="preview"),
    path("<int:pk>/moyennes/<int:enrolment>/", views.average, name="average"),
    path("<int:pk>/classeur.xlsx", workbook.download, name="workbook"),
    path("<int:pk>/classeur/", workbook.send_back, name="workbook_import"),
    path("<int:pk>/liste/", lists.mark_list, name="mark_list"),
    path("<int:pk>/appreciations/", appreciations.of_element, name="appreciations"),
    path("<int:pk>/appreciations/<int:enrolment>/", appreciations.of_student, name="appreciation"),
    path("<int:pk>/operations/<int:change>/", views.operation, name="operation"),
    path("<int:pk>/evaluations/nouvelle/", views.assessment_new, name="assessment_new"),
    path("evaluations/<int:pk>/", views.assessment_edit, name="assessment_edit"),
    path("evaluations/<int:pk>/rang/", views.assessment_move, name="assessment_move"),
    path("evaluations/<int:pk>/supprimer/", views.assessment_delete, name="assessment_delete"),
    path("evaluations/<int:pk>/publication/", progress.publication, name="publication"),
    path("ensemble/", together, name="together"),
    path("<int:pk>/complet/", progress.complete, name="complete"),
    path("<int:pk>/rouvrir/", progress.reopen_element, name="reopen"),
    path("notes/<int:pk>/historique/", views.history, name="history"),
]
