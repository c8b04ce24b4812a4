"""Addresses of reviews."""

from django.urls import path

from reviews.views import adjudicate, feedback, flags, questions, queue, record, stale

app_name = "reviews"
urlpatterns = [
    path("qa/queue/", queue.queue, name="queue"),
    path("qa/tasks/<uuid:public_id>/", adjudicate.adjudicate_one, name="adjudicate"),
    path("qa/tasks/<uuid:public_id>/hold/", queue.hold_one, name="hold"),
    path("qa/tasks/<uuid:public_id>/hand-back/", queue.hand_one_back, name="hand_back"),
    path("qa/flags/", flags.flags, name="flags"),
    path("qa/flags/<uuid:public_id>/", flags.flag_one, name="flag_one"),
    path("qa/questions/", questions.questions, name="questions"),
    path("qa/questions/<uuid:public_id>/", questions.question_one, name="question"),
    path("qa/questions/<uuid:public_id>/close/", questions.close_one, name="question_close"),
    path("manage/<slug:slug>/rubrics/<uuid:public_id>/<int:number>/settled/", stale.stale_work, name="stale"),
    path("work/feedback/", feedback.feedback_list, name="feedback_list"),
    path("work/feedback/<uuid:public_id>/", feedback.feedback, name="feedback"),
    path("work/feedback/<uuid:public_id>/read/", feedback.feedback_read, name="feedback_read"),
    path("work/flags/", flags.own_list, name="own_flags"),
    path("work/questions/", questions.own_list, name="own_questions"),
    path("work/questions/<uuid:public_id>/", questions.own_one, name="own_question"),
    path("work/questions/<uuid:public_id>/close/", questions.close_own, name="own_question_close"),
    path("work/record/", record.record, name="record"),
    path("work/record/skipped/", record.skipped, name="skipped"),
    path("work/record/<uuid:public_id>/", record.record_entry, name="record_entry"),
    path("work/record/record.<str:ending>", record.record_file, name="record_file"),
    path("work/<uuid:public_id>/flag/", flags.flag_task, name="flag"),
    path("work/<uuid:public_id>/ask/", questions.ask_about, name="ask"),
    path("p/<slug:slug>/ask/", questions.ask_project, name="ask_project"),
]
