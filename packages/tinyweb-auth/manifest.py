metadata(
    description="Logins for TinyWeb: Basic, Digest, Bearer, sessions in signed cookies",
    version="2.0.0",
    license="MIT",
    author="TinyWeb developers",
)
require("tinyweb-core")
module("tinyweb_auth.py")
module("tinyweb_auth_basic.py")
module("tinyweb_auth_bearer.py")
module("tinyweb_auth_csrf.py")
module("tinyweb_auth_digest.py")
module("tinyweb_auth_hash.py")
module("tinyweb_auth_login.py")
module("tinyweb_auth_session.py")
module("tinyweb_auth_start.py")
