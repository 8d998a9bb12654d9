from django.urls import path

from . import views
from .steps import STEPS

app_name = "cases"
urlpatterns = [
    path("", views.listing, name="list"),
    path("import/", views.import_, name="import"),
    path("import/<int:pk>/", views.batch, name="batch"),
    path("import/<int:pk>/confirm/", views.confirm, name="confirm"),
    path("import/<int:pk>/cancel/", views.cancel, name="cancel"),
    path("import/<int:pk>/retry/", views.retry, name="retry"),
    path("import/<int:pk>/faults/", views.faults, name="faults"),
    path("<int:pk>/", views.show, name="case"),
    path("<int:pk>/reveal/", views.reveal, name="reveal"),
    path("<int:pk>/entries/<int:entry>/", views.correction, name="correction"),
    path("<int:pk>/entries/<int:entry>/correct/", views.correct, name="correct"),
    *(
        path(f"<int:pk>/{step.name}/", views.step_view(step), name=step.name)
        for step in STEPS
    ),
]
