from django.urls import path

from .views import (
    absences,
    agreements,
    breaches,
    coverage,
    declarations,
    demands,
    departures,
    desk,
    labour,
    people,
    posts,
    rosters,
    training,
)

app_name = "staffing"
urlpatterns = [
    path("desk/", desk.desk, name="desk"),
    path("desk/sign-on/", desk.sign_on, name="sign-on"),
    path("desk/sign-off/", desk.sign_off, name="sign-off"),
    path("desk/told-afterwards/", desk.claim, name="claim"),
    path("desk/told-afterwards/<int:pk>/confirm/", desk.confirm, name="confirm"),
    path("desk/told-afterwards/<int:pk>/refuse/", desk.disbelieve, name="disbelieve"),
    path("handovers/", desk.handovers, name="handovers"),
    path("handovers/<int:pk>/", desk.handover, name="handover"),
    path("handovers/<int:pk>/take/", desk.take_over, name="handover-take"),
    path("handovers/<int:pk>/refuse/", desk.refuse_handover, name="handover-refuse"),
    path("roster/", rosters.roster, name="roster"),
    path("roster/draft/", rosters.draft, name="roster-draft"),
    path("roster/fill/", rosters.fill, name="roster-fill"),
    path("roster/copy/", rosters.copy, name="roster-copy"),
    path("roster/turns/", rosters.rotation, name="rotation"),
    path("roster/hours/", rosters.shift, name="shift"),
    path("roster/hours/<int:pk>/remove/", rosters.remove_shift, name="shift-remove"),
    path("roster/import/", rosters.import_, name="roster-import"),
    path("roster/export/", rosters.export, name="roster-export"),
    path("roster/publish/", rosters.publish, name="roster-publish"),
    path("roster/drop/", rosters.drop, name="roster-drop"),
    path("cover/", coverage.coverage, name="coverage"),
    path("cover/day/", coverage.day, name="day"),
    path("cover/proof/", coverage.sheet, name="coverage-sheet"),
    path("people/", people.people, name="people"),
    path("people/new/", people.new, name="person-new"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/identity/", people.reveal, name="person-reveal"),
    *(
        path(
            f"people/<int:pk>/{step.name}/",
            people.step_view(step),
            name=f"person-{step.name}",
        )
        for step in people.STEPS
    ),
    path("posts/", posts.posts, name="posts"),
    path("posts/set-up/", posts.set_up, name="set-up"),
    path("posts/<int:pk>/", posts.minimums, name="minimums"),
    path("posts/terms/", posts.terms, name="terms"),
    path("patterns/new/", posts.new_pattern, name="pattern-new"),
    path("patterns/<int:pk>/", posts.pattern, name="pattern"),
    path("patterns/<int:pk>/retire/", posts.retire_pattern, name="pattern-retire"),
    path("agreements/", agreements.agreements, name="agreements"),
    path("agreements/new/", agreements.new, name="agreement-new"),
    *(
        path(
            f"agreements/<int:pk>/{step.name}/",
            agreements.step_view(step),
            name=f"agreement-{step.name}",
        )
        for step in agreements.STEPS
    ),
    path("people/<int:pk>/agreement/", agreements.file, name="agreement-file"),
    path("people/<int:pk>/labour/", labour.labour, name="labour"),
    path("declarations/", declarations.declarations, name="declarations"),
    path("declarations/new/", declarations.new, name="declaration-new"),
    path("trainings/", training.trainings, name="trainings"),
    path("trainings/new/", training.new, name="training-new"),
    path("trainings/<int:pk>/", training.training, name="training"),
    path("trainings/<int:pk>/plan/", training.again, name="training-plan"),
    path("trainings/<int:pk>/result/", training.result, name="training-result"),
    *(
        path(
            f"trainings/<int:pk>/{step.name}/",
            training.step_view(step),
            name=f"training-{step.name}",
        )
        for step in training.STEPS
    ),
    path("departures/", departures.departures, name="departures"),
    path("departures/new/", departures.new, name="departure-new"),
    path("departures/gone/", departures.gone, name="departure-gone"),
    path("departures/<int:pk>/", departures.departure, name="departure"),
    path("demands/", demands.demands, name="demands"),
    path("demands/new/", demands.new, name="demand-new"),
    path("demands/<int:pk>/", demands.demand, name="demand"),
    path("absences/", absences.absences, name="absences"),
    path("absences/new/", absences.ask_leave, name="leave-new"),
    path("absences/<int:pk>/", absences.leave, name="leave"),
    path("swaps/", absences.swaps, name="swaps"),
    path("swaps/new/", absences.ask_swap, name="swap-new"),
    path("swaps/<int:pk>/", absences.swap, name="swap"),
    path("breaches/", breaches.breaches, name="breaches"),
    path("breaches/<int:pk>/", breaches.breach, name="breach"),
    *(
        path(f"{place}/<int:pk>/{name}/", view, name=f"{kind}-{name}")
        for kind, place, taken in (
            ("departure", "departures", departures.TAKEN),
            ("demand", "demands", demands.TAKEN),
            ("leave", "absences", absences.LEAVE_TAKEN),
            ("swap", "swaps", absences.SWAP_TAKEN),
        )
        for name, view in taken.items()
    ),
]
