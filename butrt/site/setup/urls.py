from django.urls import path

from butrt.site.setup import views

app_name = "setup"
urlpatterns = [path("<int:pk>/masquer/", views.put_away, name="put_away")]
