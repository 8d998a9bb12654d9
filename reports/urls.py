from django.urls import path, re_path

from . import views

app_name = "reports"
urlpatterns = [
    path("home/", views.home, name="home"),
    path("", views.issues, name="issues"),
    path("preview/", views.preview, name="preview"),
    path("ask/", views.ask, name="ask"),
    path("schedule/", views.schedule, name="schedule"),
    path("<int:pk>/", views.issue, name="issue"),
    re_path(
        r"^(?P<pk>\d{1,18})/file\.(?P<shape>xlsx|pdf)$", views.download, name="download"
    ),
]
