"""Addresses of a person's own matters."""

from django.urls import path

from accounts import views, views_keys

app_name = "accounts"
urlpatterns = [
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("account/profile/", views.profile, name="profile"),
    path("account/look/", views.appearance, name="appearance"),
    path("account/keys/", views_keys.keys, name="keys"),
    path("account/keys/reset/", views_keys.keys_reset, name="keys_reset"),
    path("account/keys/single/", views_keys.single_keys, name="single_keys"),
    path("account/security/", views.password, name="password"),
    path("account/messages/", views.message_list, name="messages"),
    path("account/messages/read/", views.messages_read, name="messages_read"),
    path("account/messages/<uuid:public_id>/read/", views.message_read, name="message_read"),
]
