from django.urls import path

from butrt.site.api import views

app_name = "api"
urlpatterns = [
    path("openapi.json", views.description, name="description"),
    path("programmes", views.programmes, name="programmes"),
    path("programmes/<int:pk>", views.programme, name="programme"),
    path("cohorts", views.cohorts, name="cohorts"),
    path("cohorts/<int:pk>/students", views.students, name="students"),
    path("sessions", views.sessions, name="sessions"),
    path("sessions/<int:pk>", views.session, name="session"),
    path("sessions/<int:pk>/decisions", views.decisions, name="decisions"),
    path("sessions/<int:pk>/following", views.following, name="following"),
    path("sessions/<int:pk>/cohort", views.cohort_file, name="cohort"),
    path("sessions/<int:pk>/documents", views.documents, name="documents"),
    path("sessions/<int:pk>/documents/pv/<int:version>", views.minutes_pdf, name="minutes_pdf"),
    path("sessions/<int:pk>/documents/releve/<str:number>", views.transcript, name="transcript"),
    path("<path:rest>", views.unknown, name="unknown"),
]
