"""Addresses of setting a project up and reading its guideline."""

from django.urls import path

from projects.views import calls, documents, endpoint, guideline, invitations, keys, people, reading, setup

app_name = "projects"
urlpatterns = [
    path("manage/", setup.project_list, name="projects"),
    path("manage/<slug:slug>/settings/", setup.settings, name="settings"),
    path("manage/<slug:slug>/settings/domains/", setup.domains, name="domains"),
    path("manage/<slug:slug>/settings/policy/", setup.policy, name="policy"),
    path("manage/<slug:slug>/settings/policy/history/", setup.policy_history, name="policy_history"),
    path("manage/<slug:slug>/settings/model/", endpoint.endpoint, name="endpoint"),
    path("manage/<slug:slug>/settings/model/test/", endpoint.trial, name="endpoint_test"),
    path("manage/<slug:slug>/settings/model/disable/", endpoint.disable, name="endpoint_disable"),
    path("manage/<slug:slug>/audit/", setup.audit, name="audit"),
    path("manage/<slug:slug>/keys/", keys.keys, name="keys"),
    path("manage/<slug:slug>/keys/<uuid:public_id>/revoke/", keys.revoke, name="key_revoke"),
    path("manage/<slug:slug>/people/", people.people, name="people"),
    path("manage/<slug:slug>/people/invitations/", invitations.invitation_list, name="invitations"),
    path("manage/<slug:slug>/people/invite/", invitations.invite_person, name="invite"),
    path("manage/<slug:slug>/people/invite/table/", invitations.invite_table, name="invite_table"),
    path("manage/<slug:slug>/people/<uuid:public_id>/", people.person, name="person"),
    path("manage/<slug:slug>/people/<uuid:public_id>/roles/", people.roles, name="person_roles"),
    path("manage/<slug:slug>/people/<uuid:public_id>/standing/", people.standing, name="person_standing"),
    path("manage/<slug:slug>/people/<uuid:public_id>/expertise/", people.expertise, name="person_expertise"),
    path(
        "manage/<slug:slug>/people/invitations/<uuid:public_id>/withdraw/",
        invitations.withdraw,
        name="invitation_withdraw",
    ),
    path("manage/<slug:slug>/guideline/", guideline.edit, name="guideline_edit"),
    path("manage/<slug:slug>/guideline/publish/", guideline.publish, name="guideline_publish"),
    path("manage/<slug:slug>/guideline/files/", documents.upload, name="guideline_upload"),
    path("manage/<slug:slug>/guideline/files/<uuid:public_id>/", documents.confirm, name="guideline_file"),
    path(
        "manage/<slug:slug>/guideline/files/<uuid:public_id>/original/", documents.original, name="guideline_original"
    ),
    path("invite/<str:token>/", invitations.invitation, name="invitation"),
    path("p/", reading.guidelines, name="guidelines"),
    path("p/open/", calls.open_projects, name="open_projects"),
    path("p/open/<slug:slug>/", calls.apply, name="apply"),
    path("p/open/<slug:slug>/withdraw/", calls.withdraw, name="application_withdraw"),
    path("manage/<slug:slug>/people/applications/", calls.applications, name="applications"),
    path("manage/<slug:slug>/people/applications/<uuid:public_id>/", calls.decide, name="application_decide"),
    path("p/<slug:slug>/announcements/", calls.announcements, name="announcements"),
    path("p/<slug:slug>/keys/", keys.own_keys, name="own_keys"),
    path("p/<slug:slug>/guideline/", reading.current, name="guideline"),
    path("p/<slug:slug>/guideline/drawer/", reading.drawer, name="guideline_drawer"),
    path("p/<slug:slug>/guideline/<int:number>/", reading.version, name="guideline_version"),
    path("p/<slug:slug>/guideline/<int:number>/original/", documents.published_original, name="guideline_document"),
    path("p/<slug:slug>/guideline/<int:number>/reading/", reading.reading, name="guideline_reading"),
    path("p/<slug:slug>/guideline/<int:number>/acknowledge/", reading.acknowledge, name="guideline_acknowledge"),
]
