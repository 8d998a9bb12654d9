from django.urls import path

from .views import door, log, messages, mine, people

app_name = "accounts"
urlpatterns = [
    path("sign-in/", door.sign_in, name="sign-in"),
    path("sign-out/", door.sign_out, name="sign-out"),
    path("theme/", door.theme, name="theme"),
    path("me/code/", door.second_factor_check, name="second-factor-check"),
    path("me/second-factor/", mine.second_factor, name="second-factor"),
    path("me/password/", mine.password, name="password"),
    path("me/sessions/", mine.sessions, name="sessions"),
    path("me/sessions/end/", mine.end_session, name="end-session"),
    path("me/sessions/end-others/", mine.end_other_sessions, name="end-other-sessions"),
    path("me/mail/", messages.mail, name="mail"),
    path("messages/", messages.listing, name="messages"),
    path("messages/acknowledge/", messages.acknowledge_all, name="acknowledge-all"),
    path("messages/<int:pk>/acknowledge/", messages.acknowledge, name="acknowledge"),
    path("people/", people.people, name="people"),
    path("people/new/", people.new_person, name="new-person"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/<slug:name>/", people.act, name="act"),
    path("log/", log.sign_ins, name="log"),
    path("log/accounts/", log.account_changes, name="account-changes"),
]
