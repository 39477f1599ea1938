metadata(
    description="Logins for TinyWeb: Basic, Digest, Bearer, sessions in signed cookies",
    version="2.0.0",
    license="MIT",
    author="TinyWeb developers",
)
require("tinyweb-core")
module("tinyweb_auth.py")
module("tinyweb_auth_basic.py")
module("tinyweb_auth_digest.py")
module("tinyweb_auth_login.py")
module("tinyweb_auth_passwords.py")
module("tinyweb_auth_session.py")
