from django.urls import path

from . import views, views_desk, views_letters, views_packages

app_name = "reports"
urlpatterns = [
    path("home/", views.home, name="home"),
    path("", views.issues, name="issues"),
    path("preview/", views.preview, name="preview"),
    path("ask/", views.ask, name="ask"),
    path("schedule/", views.schedule, name="schedule"),
    path("<int:pk>/", views.issue, name="issue"),
    path("<int:pk>/xlsx/", views.workbook, name="workbook"),
    path("<int:pk>/pdf/", views.paper, name="paper"),
    path("notices/<int:pk>/pdf/", views_letters.letter, name="letter"),
    path("urgings/<int:pk>/pdf/", views_letters.urging, name="urging-letter"),
    path("hand-over/", views_desk.hand_over, name="hand-over"),
    path("packages/ask/", views_packages.ask, name="package-ask"),
    path("packages/<int:pk>/", views_packages.package, name="package"),
    path("packages/<int:pk>/file/", views_packages.download, name="package-file"),
]
