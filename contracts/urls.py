from django.urls import path

from .due_steps import STEPS as DUE_STEPS
from .matters import MATTERS
from .proposal_steps import MATTERS as PROPOSED
from .proposal_steps import STEPS as PROPOSAL_STEPS
from .views import (
    acceptances,
    archive,
    calendar,
    clause,
    contacts,
    contract,
    deadlines,
    documents,
    handover,
    ledger,
    matters,
    notices,
    obligations,
    property,
    proposals,
    readings,
    set_up,
)

app_name = "contracts"
urlpatterns = [
    path("", contract.contract, name="contract"),
    path("ledger/", ledger.seals, name="ledger"),
    path("ledger/verify/", ledger.verify, name="verify"),
    path("clauses/<int:pk>/", clause.clause, name="clause"),
    path("obligations/", obligations.obligations, name="obligations"),
    path("obligations/<int:pk>/", obligations.obligation, name="obligation"),
    path("obligations/<int:pk>/begin/", obligations.begin, name="obligation-begin"),
    path("obligations/dues/<int:pk>/", obligations.due, name="due"),
    *(
        path(
            f"obligations/dues/<int:pk>/{step.name}/",
            obligations.step_view(step),
            name=f"due-{step.name}",
        )
        for step in DUE_STEPS
    ),
    path("deadlines/", deadlines.deadlines, name="deadlines"),
    path("deadlines/feed/", deadlines.make_feed, name="feed-make"),
    path("deadlines/feed/<int:pk>/revoke/", deadlines.revoke_feed, name="feed-revoke"),
    path("deadlines/feed/<str:secret>.ics", deadlines.feed, name="feed"),
    path("documents/", documents.documents, name="documents"),
    path("documents/new/", documents.new, name="document-new"),
    path("documents/<int:pk>/", documents.document, name="document"),
    path("documents/<int:pk>/file/", documents.download, name="document-file"),
    path("documents/<int:pk>/version/", documents.version, name="document-version"),
    path("notices/", notices.notices, name="notices"),
    path("notices/new/", notices.new, name="notice-new"),
    path("notices/<int:pk>/", notices.notice, name="notice"),
    path("notices/<int:pk>/edit/", notices.edit, name="notice-edit"),
    path("notices/<int:pk>/issue/", notices.issue, name="notice-issue"),
    path("notices/<int:pk>/serve/", notices.serve, name="notice-serve"),
    path("notices/<int:pk>/withdraw/", notices.withdraw, name="notice-withdraw"),
    path("contacts/", contacts.contacts, name="contacts"),
    path("contacts/new/", contacts.new, name="contact-new"),
    *(
        one
        for matter in MATTERS
        for one in (
            path(f"changes/{matter.path}", matters.listing(matter), name=matter.listed),
            path(
                f"changes/{matter.path}new/",
                matters.new(matter),
                name=f"{matter.name}-new",
            ),
            path(
                f"changes/{matter.path}<int:pk>/",
                matters.show(matter),
                name=matter.name,
            ),
            *(
                path(
                    f"changes/{matter.path}<int:pk>/{step.name}/",
                    matters.step_view(matter, step),
                    name=f"{matter.name}-{step.name}",
                )
                for step in matter.steps
            ),
        )
    ),
    path("acceptances/", acceptances.listing, name="acceptances"),
    path("acceptances/new/", acceptances.new, name="acceptance-new"),
    path("acceptances/<int:pk>/", acceptances.show, name="acceptance"),
    path("assets/", property.assets, name="assets"),
    path("assets/new/", property.asset_new, name="asset-new"),
    path("assets/<int:pk>/", property.asset, name="asset"),
    path("assets/<int:pk>/return/", property.asset_return, name="asset-return"),
    path("assets/<int:pk>/lost/", property.asset_lost, name="asset-lost"),
    path("assets/<int:pk>/damage/", property.damage_new, name="damage-new"),
    path("damages/<int:pk>/", property.damage, name="damage"),
    path("damages/<int:pk>/decide/", property.damage_decide, name="damage-decide"),
    path("archive/", archive.volumes, name="volumes"),
    path("archive/new/", archive.volume_new, name="volume-new"),
    path("archive/<int:pk>/", archive.volume, name="volume"),
    path("archive/<int:pk>/attach/", archive.volume_attach, name="volume-attach"),
    path("handover/", handover.handover, name="handover"),
    path("handover/draw-up/", handover.draw_up, name="handover-draw-up"),
    path("handover/give/", handover.hand_over, name="handover-hand-over"),
    path("handover/accept/", handover.accept, name="handover-accept"),
    path("handover/refuse/", handover.refuse, name="handover-refuse"),
    path("readings/", readings.readings, name="readings"),
    path("readings/<int:pk>/propose/", readings.propose, name="reading-propose"),
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/import/", calendar.import_calendar, name="calendar-import"),
    path("calendar/propose/", calendar.propose, name="calendar-propose"),
    path("calendar/recompute/", calendar.recount, name="recompute"),
    *(
        one
        for matter in PROPOSED
        for one in (
            path(
                f"{matter.path}/proposals/<int:pk>/",
                proposals.page_view(matter),
                name=f"{matter.name}-proposal",
            ),
            *(
                path(
                    f"{matter.path}/proposals/<int:pk>/{step.name}/",
                    proposals.step_view(matter, step),
                    name=f"{matter.name}-{step.name}",
                )
                for step in PROPOSAL_STEPS
            ),
        )
    ),
    path("set-up/", set_up.set_up, name="set-up"),
]
