from django.urls import path

from grades import views

app_name = "grades"
urlpatterns = [
    path("", views.teachings, name="teachings"),
    path("<int:pk>/", views.sheet, name="sheet"),
    path("<int:pk>/notes/", views.save, name="save"),
    path("<int:pk>/evaluations/nouvelle/", views.assessment_new, name="assessment_new"),
    path("evaluations/<int:pk>/", views.assessment_edit, name="assessment_edit"),
    path("notes/<int:pk>/historique/", views.history, name="history"),
]
