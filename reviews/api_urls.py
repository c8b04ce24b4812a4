"""Routes of reviews under /api/v1/."""

from django.urls import path

from reviews import api, api_asides, api_stale

urlpatterns = [
    path("disagreements/", api.DisagreementsView.as_view(), name="api_disagreements"),
    path("disagreements/<uuid:public_id>/", api.DisagreementView.as_view(), name="api_disagreement"),
    path("disagreements/<uuid:public_id>/adjudicate/", api.AdjudicateView.as_view(), name="api_adjudicate"),
    path("record/", api.RecordView.as_view(), name="api_record"),
    path("work/<uuid:public_id>/flag/", api_asides.FlagTaskView.as_view(), name="api_flag_task"),
    path("work/<uuid:public_id>/ask/", api_asides.AskView.as_view(), name="api_ask"),
    path("work/questions/", api_asides.OwnQuestionsView.as_view(), name="api_own_questions"),
    path("work/questions/<uuid:public_id>/", api_asides.OwnQuestionView.as_view(), name="api_own_question"),
    path("flags/", api_asides.FlagsView.as_view(), name="api_flags"),
    path("flags/<uuid:public_id>/close/", api_asides.CloseFlagView.as_view(), name="api_close_flag"),
    path("questions/", api_asides.QuestionsView.as_view(), name="api_questions"),
    path("questions/<uuid:public_id>/", api_asides.QuestionView.as_view(), name="api_question"),
    path("questions/<uuid:public_id>/close/", api_asides.CloseQuestionView.as_view(), name="api_close_question"),
    path("rubric-versions/<uuid:public_id>/settled-work/", api_stale.StaleView.as_view(), name="api_stale_work"),
]
