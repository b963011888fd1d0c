from django.urls import path

from jury.documents.letters import views

app_name = "letters"
urlpatterns = [
    path("", views.texts, name="texts"),
    path("ma-signature/", views.handwriting, name="handwriting"),
    path("<int:department>/<slug:kind>/", views.text, name="text"),
    path("<int:department>/<slug:kind>/apercu/", views.preview, name="preview"),
]
