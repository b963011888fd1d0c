from django.urls import path

from grades.cohorts import views

app_name = "cohorts"
urlpatterns = [
    path("", views.cohorts, name="cohorts"),
    path("nouvelle/", views.new_cohort, name="new_cohort"),
    path("<int:pk>/", views.cohort, name="cohort"),
    path("<int:pk>/groupes/", views.groups, name="groups"),
    path("<int:pk>/elements/", views.elements, name="elements"),
    path("<int:pk>/elements/<int:element>/", views.teachers, name="teachers"),
    path("<int:pk>/etudiants/nouveau/", views.new_student, name="new_student"),
    path("<int:pk>/etudiants/inscrire/", views.enrol_student, name="enrol"),
    path("inscriptions/<int:pk>/", views.enrolment, name="enrolment"),
    path("inscriptions/<int:pk>/identite/", views.identity, name="identity"),
    path("inscriptions/<int:pk>/bonus/", views.adjustments, name="adjustments"),
    path("inscriptions/<int:pk>/retirer/", views.remove, name="remove"),
]
