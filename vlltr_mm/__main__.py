"""``python -m vlltr_mm COMMAND ...``: the tools, also without a checkout."""

import ast
import os
import runpy
import sys
from pathlib import Path

_PACKAGE = Path(__file__).parent
_ROOTS = (_PACKAGE / '.mim' / 'tools', _PACKAGE.parent / 'tools')  # wheel, checkout
_FOLDERS = ('', 'analysis_tools', 'dataset_converters', 'model_converters')


def list_commands() -> dict[str, Path]:
    """List the tools by name: 'check-recipe' is check_recipe.py."""
    root = next(root for root in _ROOTS if (root / 'train.py').is_file())
    return {
        file.stem.replace('_', '-'): file
        for folder in _FOLDERS
        for file in sorted((root / folder).glob('[!_]*.py'))
    }


def main():
    """Run a tool as if its file had been named, or list the tools."""
    commands = list_commands()
    name = sys.argv[1].replace('_', '-') if len(sys.argv) > 1 else None
    if name in commands:
        file = str(commands[name])
        sys.argv = [file, *sys.argv[2:]]
        sys.path.insert(0, os.path.dirname(file))
        runpy.run_path(file, run_name='__main__')
        return
    known = name in (None, '-h', '--help')
    lines = [] if known else [f"There is no command '{name}'.", '']
    lines += ['Usage: python -m vlltr_mm COMMAND ... (COMMAND --help says more)', '']
    for command, file in commands.items():
        text = ast.get_docstring(ast.parse(file.read_text(encoding='utf-8')))
        lines.append(f'  {command:22}{text.splitlines()[0]}')
    (sys.stdout if known else sys.stderr).write('\n'.join(lines) + '\n')
    sys.exit(0 if known else 2)


if __name__ == '__main__':
    main()
