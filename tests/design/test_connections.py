# A connection's attributes have their place from the start. One that is new takes memory; where that has run out it is
# not set, and what it was to say is lost: a slot, once, for good.
import ast

import project

CORE = project.ROOT / "packages" / "tinyweb-core" / "tinyweb"
# What the core calls a connection where it sets something of it.
NAMES = {"conn", "other", "idle", "oldest", "slowest"}
# The largest number of attributes that costs no more than a dozen and one (MicroPython's tables have 12 or 17 places).
MOST = 17


def stored(tree, names):
    """Give the attributes that are set of the objects with these names."""
    return {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)
            and isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name) and node.value.id in names}


def connection():
    tree = ast.parse((CORE / "transport.py").read_text())
    return next(node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == "Connection")


def first():
    """Give the attributes that a connection has from the start."""
    return stored(next(node for node in connection().body if getattr(node, "name", None) == "__init__"), {"self"})


def test_every_attribute_has_its_place_from_the_start():
    assert stored(connection(), {"self"}) == first()
    for path in CORE.glob("*.py"):
        assert stored(ast.parse(path.read_text()), NAMES) <= first(), path.name


def test_they_fit_into_one_table():
    assert len(first()) <= MOST, sorted(first())


def test_no_attribute_waits_in_the_class():
    assert not [node for node in connection().body if isinstance(node, ast.Assign)]


def test_no_connection_has_another_name():
    for path in CORE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.For) and isinstance(node.target, ast.Name):
                if "_connections" in ast.unparse(node.iter) or "_slot_queue" in ast.unparse(node.iter):
                    assert node.target.id in NAMES, (path.name, node.lineno)


def test_the_rule_sees_what_it_is_for():
    assert stored(ast.parse("conn.late = 1\nother.a, x = 2, 3\nconn.n += 1\nprint(conn.z)\nd.y = 1"), NAMES) == {
        "late", "a", "n"}
