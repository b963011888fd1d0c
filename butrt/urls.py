"""Every address of the site. tests/test_access.py holds who may reach each of them."""

from django.urls import include, path

from butrt.base.accounts.own.views_forgotten import forgotten
from butrt.base.accounts.views_sign_in import ChoosePassword, SignIn, SignOut, account
from butrt.base.journal.views import journal
from butrt.site import views
from butrt.site.health import views as health
from butrt.site.search.views import search

urlpatterns = [
    path("", views.home, name="home"),
    path("connexion/", SignIn.as_view(), name="login"),
    path("connexion/compte/", account, name="account"),
    path("connexion/lien/<uidb64>/<token>/", ChoosePassword.as_view(), name="choose_password"),
    path("connexion/par/", include("butrt.base.accounts.outside.urls")),
    path("connexion/oubli/", forgotten, name="forgotten"),
    path("mon-compte/", include("butrt.base.accounts.own.urls")),
    path("deconnexion/", SignOut.as_view(), name="logout"),
    path("", include("butrt.base.accounts.factors.urls")),
    path("comptes/plusieurs/", include("butrt.site.staff.urls")),
    path("comptes/", include("butrt.base.accounts.urls")),
    path("departements/", include("butrt.site.departments.urls")),
    path("mise-en-route/", include("butrt.site.setup.urls")),
    path("aide/", include("butrt.site.help.urls")),
    path("chercher/", search, name="search"),
    path("api/v1/", include("butrt.site.api.urls")),
    path("donnees-personnelles/", include("jury.students.personal.urls")),
    path("journal/", journal, name="journal"),
    path("sante/", health.health, name="health"),
    path("sante/vivant/", health.alive, name="alive"),
    path("metrics", health.metrics, name="metrics"),
    path("programmes/", include("curriculum.urls")),
    path("promotions/", include("grades.cohorts.urls")),
    path("annee-suivante/", include("butrt.site.nextyear.urls")),
    path("elements/", include("grades.urls")),
    path("jurys/", include("jury.urls")),
    path("textes/", include("jury.documents.letters.urls")),
    path("mes-notes/", include("jury.students.own.urls")),
    path("verifier/", include("jury.documents.verify.urls")),
]

handler400 = "butrt.site.views.bad_request"
handler403 = "butrt.site.views.forbidden"
handler404 = "butrt.site.views.not_found"
handler500 = "butrt.site.views.broken"
