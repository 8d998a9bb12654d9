from django.urls import path

from .steps import STEPS
from .views import files, lists, orders

app_name = "cases"
urlpatterns = [
    path("", lists.listing, name="list"),
    path("import/", files.import_, name="import"),
    path("import/<int:pk>/", files.batch, name="batch"),
    path("import/<int:pk>/confirm/", files.confirm, name="confirm"),
    path("import/<int:pk>/cancel/", files.cancel, name="cancel"),
    path("import/<int:pk>/retry/", files.retry, name="retry"),
    path("import/<int:pk>/faults/", files.faults, name="faults"),
    path("<int:pk>/", orders.show, name="case"),
    path("<int:pk>/reveal/", orders.reveal, name="reveal"),
    path("<int:pk>/entries/<int:entry>/", orders.correction, name="correction"),
    path("<int:pk>/entries/<int:entry>/correct/", orders.correct, name="correct"),
    *(
        path(f"<int:pk>/{step.name}/", orders.step_view(step), name=step.name)
        for step in STEPS
    ),
]
