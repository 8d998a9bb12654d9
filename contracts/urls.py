from django.urls import path

from . import views

app_name = "contracts"
urlpatterns = [
    path("", views.contract, name="contract"),
    path("ledger/", views.seals, name="ledger"),
    path("ledger/verify/", views.verify, name="verify"),
]
