{# Abbreviations that everybody who uses them means the same by: abbreviation → word, as a map. They seldom stand in
   one note with the word, so nothing in the notes would tell. Words that mean more than one thing are left out. #}
{% macro known_abbreviations() -%}
    {%- set known = {
        "app": "application", "apps": "applications", "arg": "argument", "args": "arguments", "auth": "authentication",
        "bool": "boolean", "config": "configuration", "configs": "configurations", "db": "database",
        "dbs": "databases", "dev": "development", "dir": "directory", "dirs": "directories", "docs": "documentation",
        "env": "environment", "func": "function", "golang": "go", "info": "information", "js": "javascript",
        "k8s": "kubernetes", "lib": "library", "libs": "libraries", "macos": "mac", "msg": "message",
        "nvim": "neovim", "osx": "mac", "param": "parameter", "params": "parameters",
        "pg": "postgresql", "pkg": "package", "postgres": "postgresql", "prod": "production", "py": "python",
        "regex": "regularexpression", "regexp": "regularexpression", "repo": "repository", "repos": "repositories",
        "ts": "typescript", "utils": "utilities", "var": "variable", "vars": "variables",
        "vscode": "visualstudiocode",
    } -%}
    map {
        {%- for abbreviation, word in known.items() -%}
        '{{ abbreviation }}': '{{ word }}'{{ ", " if not loop.last }}
        {%- endfor -%}
    }
{%- endmacro %}
