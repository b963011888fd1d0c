from django.urls import path

from jury.documents import views as documents
from jury.documents import views_student as student
from jury.documents.batches import views as batches
from jury.documents.choices import views as choices
from jury.documents.signatures import views as signing
from jury.exchange.apogee import views as apogee
from jury.exchange.elsewhere import views as elsewhere
from jury.regulation import views as regulations
from jury.reports import views as reports
from jury.reports.promotion import views as promotion
from jury.room import views as room
from jury.room import views_acts as acts
from jury.room import views_card as card
from jury.room import views_live as live
from jury.room import views_motives as motives
from jury.room import views_remarks as remarks
from jury.room import views_together as together
from jury.sittings import views
from jury.sittings.corrections import views as corrections
from jury.sittings.members import views as members
from jury.sittings.members.views import presences

app_name = "jury"
urlpatterns = [
    path("", views.sessions, name="sessions"),
    path("nouveau/", views.schedule, name="new_session"),
    path("reglements/", regulations.regulation_list, name="regulations"),
    path("reglements/nouveau/", regulations.regulation_new, name="new_regulation"),
    path("promotions/<int:pk>/", promotion.follow, name="follow"),
    path("documents/<int:department>/", choices.choices, name="choices"),
    path("motifs/<int:department>/", motives.usual_motives, name="motives"),
    path("resultats/", elsewhere.results, name="elsewhere"),
    path("resultats/nouveau/", elsewhere.find, name="elsewhere_find"),
    path("resultats/etudiants/<int:pk>/", elsewhere.student, name="elsewhere_student"),
    path("resultats/<int:pk>/retirer/", elsewhere.withdraw, name="elsewhere_withdraw"),
    path("resultats/fichier/", elsewhere.send, name="elsewhere_send"),
    path("resultats/scodoc/", elsewhere.scodoc, name="elsewhere_scodoc"),
    path("resultats/scodoc/comparer/", elsewhere.compare, name="elsewhere_compare"),
    path("resultats/confirmer/", elsewhere.confirm, name="elsewhere_confirm"),
    path("resultats/promotions/<int:pk>/modele.xlsx", elsewhere.model, name="elsewhere_model"),
    path("<int:pk>/", views.session, name="session"),
    path("<int:pk>/seance/", views.schedule, name="schedule"),
    path("<int:pk>/membres/", members.members, name="members"),
    path("<int:pk>/membres/convocations/", members.convocations, name="convocations"),
    path("<int:pk>/membres/presences/", presences, name="presences"),
    path("<int:pk>/membres/emargement.pdf", members.attendance, name="attendance"),
    path("<int:pk>/preparation/", views.prepare, name="prepare"),
    path("<int:pk>/ouvrir/", views.open_deliberation, name="open"),
    path("<int:pk>/reprendre/", views.back_to_preparation, name="back"),
    path("<int:pk>/salle/", room.room, name="room"),
    path("<int:pk>/accepter/", acts.adopt, name="adopt"),
    path("<int:pk>/decider/", together.together, name="together"),
    path("<int:pk>/annuler/", acts.undo, name="undo"),
    path("<int:pk>/salle/suivre/", live.follow, name="live"),
    path("<int:pk>/salle/montrer/", live.show, name="show"),
    path("<int:pk>/repartition/", room.spread, name="spread"),
    path("<int:pk>/salle/affichage/", room.prefer, name="prefer"),
    path("<int:pk>/etudiants/<str:number>/", card.card, name="card"),
    path("<int:pk>/etudiants/<str:number>/et-si/", card.what_if, name="what_if"),
    path("<int:pk>/etudiants/<str:number>/photo.jpg", card.photo, name="photo"),
    path("<int:pk>/etudiants/<str:number>/remarque/", remarks.remark, name="remark"),
    path("<int:pk>/etudiants/<str:number>/retirer/", card.withdraw, name="withdraw"),
    path("<int:pk>/rattrapage/", views.catch_up, name="catch_up"),
    path("<int:pk>/rouvrir-les-notes/", views.reopen_marks, name="reopen_marks"),
    path("<int:pk>/changements/", corrections.meanwhile, name="meanwhile"),
    path("<int:pk>/resultats-changes/", corrections.recheck, name="recheck"),
    path("<int:pk>/clore/", views.close, name="close"),
    path("<int:pk>/corriger/", corrections.correct, name="correct"),
    path("<int:pk>/presidence/", corrections.succession, name="succession"),
    path("<int:pk>/corriger/abandonner/", corrections.abandon, name="abandon"),
    path("<int:pk>/apres/", documents.after, name="after"),
    path("a-signer/", signing.to_sign, name="to_sign"),
    path("<int:pk>/signer/<int:version>/", signing.sign, name="sign"),
    path("<int:pk>/signer/<int:version>/pv.pdf", signing.minutes_to_sign, name="minutes_to_sign"),
    path("<int:pk>/sceller/<int:version>/", signing.seal, name="seal"),
    path("<int:pk>/documents/pv-<int:version>.pdf", documents.minutes_pdf, name="minutes_pdf"),
    path("<int:pk>/documents/<slug:kind>/<str:number>.pdf", documents.student_pdf, name="student_pdf"),
    path("<int:pk>/documents/etudiants/<str:number>/", student.student_documents, name="student_documents"),
    path("<int:pk>/documents/<slug:kind>-<str:number>/refaire/", student.renew, name="renew"),
    path("<int:pk>/lots/", batches.batches, name="batches"),
    path("<int:pk>/lots/envoi/", batches.mailing, name="mailing"),
    path("<int:pk>/lots/<int:batch>/", batches.batch, name="batch"),
    path("<int:pk>/lots/<int:batch>/agir/", batches.act, name="batch_act"),
    path("<int:pk>/lots/<int:batch>/fichier/", batches.batch_file, name="batch_file"),
    path("<int:pk>/documents/resultats.xlsx", documents.results_xlsx, name="results_xlsx"),
    path("<int:pk>/documents/resultats.csv", documents.results_csv, name="results_csv"),
    path("<int:pk>/suites/", reports.following, name="following"),
    path("<int:pk>/statistiques/", reports.figures, name="figures"),
    path("<int:pk>/documents/archive.zip", documents.archive_zip, name="archive_zip"),
    path("<int:pk>/apogee/", apogee.apogee, name="apogee"),
    path("<int:pk>/apogee/elements/", apogee.elements, name="apogee_elements"),
    path("<int:pk>/apogee/codes/", apogee.codes, name="apogee_codes"),
    path("<int:pk>/apogee/fichier/", apogee.give, name="apogee_give"),
    path("<int:pk>/documents/cohorte.json", documents.cohort_json, name="cohort_json"),
]
