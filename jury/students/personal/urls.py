from django.urls import path

from jury.students.personal import views

app_name = "personal"
urlpatterns = [
    path("", views.retention, name="retention"),
    path("etudiants/<int:pk>/", views.student, name="student"),
    path("etudiants/<int:pk>/donnees.zip", views.data, name="data"),
]
