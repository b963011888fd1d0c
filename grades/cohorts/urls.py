from django.urls import path

from grades.appreciations import views as appreciations
from grades.bulk import views as bulk
from grades.cohorts import (
    views,
    views_accounts,
    views_aside,
    views_enrolments,
    views_photos,
    views_promotion,
)
from grades.intake import views as intake
from grades.progress import views as progress

app_name = "cohorts"
urlpatterns = [
    path("", views.cohorts, name="cohorts"),
    path("nouvelle/", views.new_cohort, name="new_cohort"),
    path("<int:pk>/", views.cohort, name="cohort"),
    path("<int:pk>/programmes/", views.programmes, name="programmes"),
    path("<int:pk>/version/", views_promotion.version, name="version"),
    path("<int:pk>/supprimer/", views_promotion.remove, name="remove_cohort"),
    path("<int:pk>/groupes/", views.groups, name="groups"),
    path("<int:pk>/groupes/etudiants/", bulk.whole_list, {"subject": "groups"}, name="all_groups"),
    path("<int:pk>/absences/", bulk.whole_list, {"subject": "absences"}, name="all_absences"),
    path("<int:pk>/elements/", views.elements, name="elements"),
    path("<int:pk>/elements/enseignants/", bulk.whole_list, {"subject": "teachers"}, name="all_teachers"),
    path(
        "<int:pk>/elements/evaluations/", bulk.whole_list, {"subject": "assessments"}, name="all_assessments"
    ),
    path("<int:pk>/elements/<int:element>/", views.teachers, name="teachers"),
    path("<int:pk>/elements/<int:element>/mettre-de-cote/", views_aside.aside, name="aside"),
    path("<int:pk>/appreciations/<int:semester>/", appreciations.of_semester, name="appreciations"),
    path("<int:pk>/avancement/", progress.progress, name="progress"),
    path("<int:pk>/avancement/relancer/", progress.send_reminders, name="remind"),
    path("<int:pk>/comptes/", views_accounts.accounts, name="accounts"),
    path("<int:pk>/comptes/ouvrir/", views_accounts.open_all, name="open_accounts"),
    path("<int:pk>/importer/", intake.send, name="import_students"),
    path("<int:pk>/importer/colonnes/", intake.columns, name="import_columns"),
    path("<int:pk>/importer/apercu/", intake.preview, name="import_preview"),
    path("<int:pk>/importer/<int:made>/", intake.done, name="import_done"),
    path("<int:pk>/etudiants/nouveau/", views_enrolments.new_student, name="new_student"),
    path("<int:pk>/etudiants/inscrire/", views_enrolments.enrol_student, name="enrol"),
    path("inscriptions/<int:pk>/", views_enrolments.enrolment, name="enrolment"),
    path("inscriptions/<int:pk>/remarque/", views_enrolments.remark, name="remark"),
    path("inscriptions/<int:pk>/appreciations/", appreciations.of_year, name="appreciation"),
    path("inscriptions/<int:pk>/photo.jpg", views_photos.photo, name="photo"),
    path("inscriptions/<int:pk>/photo/", views_photos.change_photo, name="change_photo"),
    path("inscriptions/<int:pk>/identite/", views_enrolments.identity, name="identity"),
    path("inscriptions/<int:pk>/bonus/", views_enrolments.adjustments, name="adjustments"),
    path("inscriptions/<int:pk>/redoublement/", views_enrolments.extra_repeat, name="extra_repeat"),
    path(
        "inscriptions/<int:pk>/redoublement/<int:act>/retirer/",
        views_enrolments.withdraw_repeat,
        name="withdraw_repeat",
    ),
    path("inscriptions/<int:pk>/compte/", views_accounts.account, name="account"),
    path("inscriptions/<int:pk>/retirer/", views_enrolments.remove, name="remove"),
]
