"""Merge the modules that every program loads into one, for the `.mpy` flavour of the package index (tools/index.py).

CONTRACT. core(sources) takes {path on the board: source text} of tinyweb-core and returns the same for its .mpy files:
tinyweb/__init__.py holds the modules of EAGER, the other files import from it, and each of DOORS is one line. The
same sources give the same text. extension(path, text, names) does the same for a file of another package. What they
cannot merge without a change of its meaning raises ProjectError.

Why: a module costs 200 to 400 bytes of a board's heap, and each name that one module imports from another is stored
once more. The sources stay in small files, because a board that compiles them needs heap for the largest one.

One namespace holds what stood in many, so what tells them apart is refused: two meanings of one name, a name that is
imported and changes later, a builtin that another module defines anew, `globals()`. A name of a lazy module is refused
as well, because its import would replace what has that name in the package.
"""

import ast
import contextlib
import symtable

from project import ProjectError

PACKAGE = "tinyweb"
# What every program loads, in the order of import. The one place that names them.
EAGER = ("lazy", "http", "transport", "router", "request", "response", "protocol", "server")
# Programs of 1.x, and extensions, import from these by name: they stay as modules that are loaded when asked for.
DOORS = ("http", "server")

_INIT = "__init__"
_OF_ONE_FILE = {"__file__", "__path__", "globals"}  # these tell a module from the merged one
# The package itself, for who asks for a merged module by `from . import NAME`.
_PACKAGE = '__import__("", globals(), None, ("",), 1)'


def path_of(name):
    """Return the path on the board of a module of the core."""
    return f"{PACKAGE}/{name}.py"


def core(sources, frozen=False):
    """Return {path on the board: text} of the core's .mpy files, sorted by path; frozen: of the files to freeze."""
    missing = [path_of(name) for name in (_INIT, *EAGER) if path_of(name) not in sources]
    if missing:
        raise ProjectError(f"tinyweb-core has no {', '.join(missing)}, which tools/merge.py merges")
    sources = _with_constants(sources, frozen)
    merged = _Merged({name: _Module(name, sources[path_of(name)]) for name in (*EAGER, _INIT)})
    rest = {path: text for path, text in sources.items()
            if path.endswith(".py") and path not in map(path_of, merged.modules)}
    result = {path: text for path, text in sources.items() if not path.endswith(".py")}
    result[path_of(_INIT)] = merged.text()
    for name in DOORS:
        result[path_of(name)] = f"from . import {', '.join(merged.door(name))}\n"
    for path, text in rest.items():
        module = _Module(path[len(PACKAGE) + 1 : -3], text)
        result[path] = _text(ast.Module(_Imports(merged, module).block(module.tree.body), []))
    merged.check([path[len(PACKAGE) + 1 : -3] for path in rest])
    return dict(sorted(result.items()))


def _with_constants(sources, frozen):
    # Return the sources with numbers in place of the names (in capitals) that EAGER modules, or a module itself for its
    # own use, have for them, and with MICROPYTHON as True, as a merged core runs nowhere else: a name costs 20 bytes of
    # heap, its use a look-up. What an EAGER module adds up of bytes becomes one constant, which takes no heap where it
    # is frozen.
    numbers = {"MICROPYTHON": True}
    for name in EAGER:
        numbers |= _numbers(_Module(name, sources[path_of(name)]).tree)
    result = dict(sources)
    for path, text in sources.items():
        if path.endswith(".py"):
            tree = parse(path, text)
            known = numbers | _numbers(tree, "_")
            tree = _Constants(known).visit(tree)
            names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
            if names & set(known):
                raise ProjectError(f"{path} gives {min(names & set(known))} another value")
            if frozen and path in map(path_of, EAGER):
                _add_up(tree)
            result[path] = _text(tree)
    return result


def _numbers(tree, start=""):
    # Return {name in capitals, which begins with `start`: number} of what a module's own scope names once and for all.
    bound = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    found = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if name.isupper() and name.startswith(start) and bound.count(name) == len(node.targets) == 1:
                with contextlib.suppress(ValueError):  # it is no number
                    value = ast.literal_eval(node.value)
                    if type(value) is int:
                        found[name] = value
    return found


def _add_up(tree):
    known = {}

    def value(node):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            parts = value(node.left), value(node.right)
            return None if None in parts else parts[0] + parts[1]
        if isinstance(node, ast.Name):
            return known.get(node.id)
        return node.value if isinstance(node, ast.Constant) and type(node.value) is bytes else None

    for node in tree.body:
        if isinstance(node, ast.Assign) and value(node.value) is not None:
            node.value = ast.Constant(value(node.value))
            known.update((target.id, node.value.value) for target in node.targets if isinstance(target, ast.Name))


class _Constants(ast.NodeTransformer):
    """Puts numbers in the place of their names."""

    def __init__(self, numbers):
        self.numbers = numbers

    def visit_Name(self, node):
        known = isinstance(node.ctx, ast.Load) and node.id in self.numbers
        return ast.Constant(self.numbers[node.id]) if known else node

    def visit_Assign(self, node):
        if all(isinstance(target, ast.Name) and target.id in self.numbers for target in node.targets):
            return None
        return self.generic_visit(node)

    def visit_ImportFrom(self, node):
        if node.level:
            node.names = [alias for alias in node.names if alias.name not in self.numbers]
        return node if node.names else None

    def visit_UnaryOp(self, node):
        self.generic_visit(node)
        known = isinstance(node.op, ast.Not) and isinstance(node.operand, ast.Constant)
        return ast.Constant(not node.operand.value) if known else node

    def visit_BoolOp(self, node):
        # Leave out what decides nothing, and all that is behind what decides.
        self.generic_visit(node)
        ends = isinstance(node.op, ast.Or)
        left = []
        for value in node.values:
            known = isinstance(value, ast.Constant) and type(value.value) is bool
            if not known or value.value is ends or value is node.values[-1]:
                left.append(value)
            if known and value.value is ends:
                break
        node.values = left
        return node if len(left) > 1 else left[0]

    def visit_IfExp(self, node):
        self.generic_visit(node)
        if isinstance(node.test, ast.Constant):
            return node.body if node.test.value else node.orelse
        return node

    def visit_If(self, node):
        self.generic_visit(node)
        if isinstance(node.test, ast.Constant):
            return (node.body if node.test.value else node.orelse) or None
        return node


def public(text):
    """Return the names that programs find in the package itself, from the text of its __init__.py."""
    return set(_Module(_INIT, text).bound)


def extension(path, text, names):
    """Return the text of a file of an extension: what is in `names`, it imports from the package, not by a door.

    A core that is frozen is not merged, so `names` are those that each core has, see public().
    """
    tree = parse(path, text)
    for node in ast.walk(tree):
        for block in (getattr(node, field, None) for field in ("body", "orelse", "finalbody")):
            if isinstance(block, list):
                block[:] = [new for old in block for new in _by_package(old, names)]
    return _text(tree)


def _by_package(node, names):
    doors = [f"{PACKAGE}.{name}" for name in DOORS]
    if not (isinstance(node, ast.ImportFrom) and node.level == 0 and node.module in doors):
        return [node]
    found = [alias for alias in node.names if alias.name in names]
    others = [alias for alias in node.names if alias.name not in names]
    return [ast.ImportFrom(module, aliases, 0)
            for module, aliases in ((PACKAGE, found), (node.module, others)) if aliases]


def parse(path, text):
    """Return the tree of a source text; raises ProjectError with its path where it does not compile."""
    try:
        return ast.parse(text)
    except SyntaxError as error:
        raise ProjectError(f"{path} does not compile: SyntaxError in line {error.lineno}: {error.msg}") from None


def _text(tree):
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


class _Module:
    """One module of the core: its tree, the names that it binds and those that it looks up."""

    def __init__(self, name, text):
        self.name = name
        self.path = path_of(name)
        self.tree = parse(self.path, text)
        self.bound = {}  # name: what binds it, a set of tuples: ("own",), ("import", what), ("from", module, name)
        self.changed = set()  # names that its functions assign to
        self.deleted = set()
        for node in self.tree.body:
            self._bind(node)
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Global):
                self.changed.update(node.names)
        self.used = set(_globals(symtable.symtable(text, self.path, "exec")))

    def refuse(self, node, reason):
        raise ProjectError(f"{self.path}:{node.lineno}: {reason}")

    def _bind(self, node):
        # Note what a statement of the module's own scope binds, the statements within it too.
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                self._add(name, ("import", alias.name if alias.asname else name))
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                where = "from" if node.level == 1 else "import"
                what = (where, node.module, alias.name)
                self._add(alias.asname or alias.name, what)
        elif isinstance(node, ast.Delete):
            self.deleted.update(target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            self._add(node.name, ("own",))
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            self._add(node.id, ("own",))
        elif not isinstance(node, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            if isinstance(node, ast.ExceptHandler) and node.name:
                self._add(node.name, ("own",))
            for child in ast.iter_child_nodes(node):
                self._bind(child)

    def _add(self, name, what):
        self.bound.setdefault(name, set()).add(what)


def _globals(table):
    # Walk the names that a scope, and those within it, look up in the module.
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (table.get_type() == "module" or symbol.is_global()):
            yield symbol.get_name()
    for child in table.get_children():
        yield from _globals(child)


class _Merged:
    """The modules that become one."""

    def __init__(self, modules):
        self.modules = modules

    def meaning(self, name, module):
        """Return what a name of a module stands for, the same for all modules that import it."""
        found = module.bound[name]
        ours = [what for what in found if what[0] == "from" and (what[1] or what[2]) in self.modules]
        if not ours:
            what = next(iter(found))
            return what if len(found) == 1 and what != ("own",) else ("own", module.name, name)
        if len(found) > 1:
            raise ProjectError(f"{module.path} imports {name} and binds it anew: the merged module has one")
        _, source, other = ours[0]
        if source is None:
            return ("module", other)
        return self.meaning(other, self.modules[source])

    def check(self, lazy):
        """Refuse what would mean something else in one namespace; `lazy` are the modules that stay apart."""
        owners = {}
        for module in self.modules.values():
            for name in module.bound:
                meaning = self.meaning(name, module)
                owner, known = owners.setdefault(name, (module, meaning))
                if known != meaning:
                    raise ProjectError(f"{owner.path} and {module.path} both have a global {name}, and mean "
                                       "different things: rename one, as they become one module")
                if meaning[0] != "module" and (name in lazy or name in DOORS):
                    raise ProjectError(f"{module.path} has a global {name}: when the module of that name is loaded, "
                                       "it takes its place in the package")
        for module in self.modules.values():
            strange = module.used & _OF_ONE_FILE
            if strange and module.name != _INIT:
                raise ProjectError(f"{module.path} uses {min(strange)}, which is another one in the merged module: "
                                   f"have {path_of(_INIT)} tell it")
            foreign = sorted((module.used - set(module.bound)) & set(owners))
            if foreign:
                raise ProjectError(f"{module.path} uses {foreign[0]} without an import, and "
                                   f"{owners[foreign[0]][0].path} defines it: rename that one")
            for other in self.modules.values():
                taken = sorted(name for name in module.bound if name in other.changed | other.deleted)
                if taken and other is not module:
                    raise ProjectError(f"{other.path} changes {taken[0]} later, and {module.path} has it too: "
                                       "they would share one")

    def text(self):
        """Return the source of the merged module: the modules stand where __init__.py first imports one of ours."""
        body = []
        for name in EAGER:
            body += _Imports(self, self.modules[name]).block(self.modules[name].tree.body)
        once = set()
        for node in body[:]:
            if isinstance(node, ast.Import | ast.ImportFrom):
                if ast.dump(node) in once:
                    body.remove(node)
                once.add(ast.dump(node))
        imports = _Imports(self, self.modules[_INIT], body)
        text = _text(ast.Module(imports.block(self.modules[_INIT].tree.body), []))
        if imports.first:
            raise ProjectError(f"{path_of(_INIT)} imports none of the modules that become one with it")
        return text

    def door(self, name):
        """Return the names that a module has for programs: those that the package has, too."""
        public = {*self.modules[_INIT].bound, "__getattr__"}
        return sorted(public & set(self.modules[name].bound))


class _Imports(ast.NodeTransformer):
    """Rewrites the imports of merged modules, in one of them or in a module that stays apart."""

    def __init__(self, merged, module, first=()):
        self.merged = merged
        self.module = module
        self.first = list(first)  # what stands where the first of our modules is imported
        self.inside = module.name in merged.modules
        self.scopes = []  # the functions and classes around a node
        self.modules = {}  # name in this module: the merged module that it stands for

    def block(self, nodes):
        """Return statements with their imports rewritten."""
        return [new for node in nodes for new in self._list(self.visit(node))]

    @staticmethod
    def _list(found):
        return found if isinstance(found, list) else [found] if found else []

    def generic_visit(self, node):
        scope = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        if scope:
            self.scopes.append(node)
        super().generic_visit(node)
        if scope:
            self.scopes.pop()
        if getattr(node, "body", None) == []:
            node.body.append(ast.Pass())
        return node

    def visit_Try(self, node):
        super().generic_visit(node)
        if node.body:
            for handler in node.handlers:
                handler.body = handler.body or [ast.Pass()]
            return node
        return node.orelse + node.finalbody  # nothing is left that could fail

    def visit_Import(self, node):
        for alias in node.names:
            if alias.name.partition(".")[0] == PACKAGE:
                self.module.refuse(node, f"import {alias.name}: the core may have another name, write from . import")
        return node

    def visit_ImportFrom(self, node):
        if node.level == 0:
            if node.module.partition(".")[0] == PACKAGE:
                self.module.refuse(node, f"from {node.module}: the core may have another name, write from .")
            return node
        if node.level > 1 or any(alias.name == "*" for alias in node.names):
            self.module.refuse(node, f"{ast.unparse(node)}: tools/merge.py merges from .MODULE import NAME")
        if self.scopes and isinstance(self.scopes[-1], ast.ClassDef):
            self.module.refuse(node, "an import in a class becomes an attribute: import outside of it")
        if self.inside and not self.scopes:
            first, self.first = self.first, []
            return first + self._ours(node)
        return self._ours(node)

    def _ours(self, node):
        modules = self.merged.modules
        if node.module is None:
            return [new for alias in node.names for new in self._list(self._module(node, alias))]
        if node.module not in modules:
            return [node]
        for alias in node.names:
            if alias.name not in modules[node.module].bound:
                self.module.refuse(node, f"{node.module}.py has no {alias.name}")
        if not self.inside:
            return [ast.ImportFrom(None, node.names, 1)]
        return [new for alias in node.names for new in self._list(self._name(node, alias))]

    def _module(self, node, alias):
        # from . import MODULE
        name = alias.asname or alias.name
        if alias.name not in self.merged.modules:
            self.module.refuse(node, f"from . import {alias.name}: that is a lazy module, name it as first use does")
        if not self.inside:
            return ast.parse(f"{name} = {_PACKAGE}").body
        if self.scopes:
            self.module.refuse(node, "a merged module imports another as a module within a function: import names")
        self.modules[name] = alias.name
        return None

    def _name(self, node, alias):
        # from .MODULE import NAME, within the merged module: the name is there already.
        name = alias.asname or alias.name
        if name != alias.name:
            return ast.Assign([ast.Name(name, ast.Store())], ast.Name(alias.name, ast.Load()))
        for scope in self.scopes:
            names = _bound_in(scope)
            if name in names:
                self.module.refuse(node, f"{name} is imported, and bound anew in {scope.name}(): rename one")
        return None

    def visit_Attribute(self, node):
        source = isinstance(node.value, ast.Name) and self.modules.get(node.value.id)
        if not source:
            return self.generic_visit(node)
        if self.scopes:
            self.module.refuse(node, f"{ast.unparse(node)} within a function: import the name")
        if node.attr not in self.merged.modules[source].bound:
            self.module.refuse(node, f"{source}.py has no {node.attr}")
        return ast.Name(node.attr, node.ctx)

    def visit_Name(self, node):
        if node.id in self.modules:
            self.module.refuse(node, f"{node.id} is no module of its own any more: use its attributes only")
        if node.id == "__name__" and self.module.name in EAGER:
            return ast.BinOp(node, ast.Add(), ast.Constant(f".{self.module.name}"))
        return node

    def visit_Delete(self, node):
        node.targets = [target for target in node.targets
                        if not (isinstance(target, ast.Name) and target.id in self.modules)]
        return node if node.targets else None


def _bound_in(scope):
    """Return the names that a function binds in another way than by an import."""
    names = set()
    for node in ast.walk(scope):
        if isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.ExceptHandler | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if node is not scope:
                names.add(node.name)
        elif isinstance(node, ast.Global):
            names.update(node.names)
    return names
