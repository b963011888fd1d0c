from django.urls import path

from jury import views
from jury.regulation import views as regulations

app_name = "jury"
urlpatterns = [
    path("", views.sessions, name="sessions"),
    path("nouveau/", views.schedule, name="new_session"),
    path("reglements/", regulations.regulation_list, name="regulations"),
    path("reglements/nouveau/", regulations.regulation_new, name="new_regulation"),
    path("<int:pk>/", views.session, name="session"),
    path("<int:pk>/seance/", views.schedule, name="schedule"),
    path("<int:pk>/membres/", views.members, name="members"),
    path("<int:pk>/preparation/", views.prepare, name="prepare"),
    path("<int:pk>/ouvrir/", views.open_deliberation, name="open"),
    path("<int:pk>/reprendre/", views.back_to_preparation, name="back"),
    path("<int:pk>/salle/", views.room, name="room"),
    path("<int:pk>/etudiants/<str:number>/", views.card, name="card"),
    path("<int:pk>/etudiants/<str:number>/retirer/", views.withdraw, name="withdraw"),
    path("<int:pk>/clore/", views.close, name="close"),
    path("<int:pk>/apres/", views.after, name="after"),
    path("<int:pk>/signer/<int:version>/", views.sign, name="sign"),
    path("<int:pk>/documents/pv-<int:version>.pdf", views.minutes_pdf, name="minutes_pdf"),
    path("<int:pk>/documents/releve-<str:number>.pdf", views.transcript_pdf, name="transcript_pdf"),
    path("<int:pk>/documents/releves.zip", views.transcripts_zip, name="transcripts_zip"),
    path("<int:pk>/documents/resultats.xlsx", views.results_xlsx, name="results_xlsx"),
    path("<int:pk>/documents/cohorte.json", views.cohort_json, name="cohort_json"),
]
