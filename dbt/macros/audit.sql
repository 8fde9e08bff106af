{# The audit of what was built: only models whose tests passed are served. A build says which models it is about to
   change, and at its end whether they passed with all their tests; publishing serves nothing that is made of what did
   not pass. Written straight into the served schema, where a later build, the publisher and health can see it even when
   this process is killed. #}
{% macro _audit(verdicts) -%}
    {%- if verdicts -%}
        call postgres_execute('codex_processed', $codex$
            insert into codex_processed.audits (model, status, reason, rhythm, run_id)
            values
            {%- for model, verdict in verdicts.items() %}
            (
                '{{ model }}', '{{ verdict.status }}',
                {{ "'" ~ verdict.reason ~ "'" if verdict.reason else "null" }},
                '{{ env_var("AIRFLOW_CTX_DAG_ID", "by hand") | replace("'", "") | replace("$", "") }}',
                '{{ env_var("AIRFLOW_CTX_DAG_RUN_ID", "by hand") | replace("'", "") | replace("$", "") }}'
            ){{ "," if not loop.last }}
            {%- endfor %}
            on conflict (model) do update set
                status = excluded.status, reason = excluded.reason, rhythm = excluded.rhythm,
                run_id = excluded.run_id, audited_at = clock_timestamp()
        $codex$)
    {%- endif -%}
{%- endmacro %}

{% macro audit_begins() -%}
    {%- set verdicts = {} -%}
    {%- if execute and invocation_args_dict.which == "build" -%}
        {%- for id in selected_resources if id.startswith("model.") -%}
            {%- do verdicts.update({id.split(".")[2]: {"status": "building"}}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ _audit(verdicts) }}
{%- endmacro %}

{# A model that was built is red when it or one of its tests is; a test that is run alone can only turn it red. #}
{% macro audit_ends() -%}
    {%- set verdicts = {} -%}
    {%- if execute and invocation_args_dict.which in ["build", "test"] -%}
        {%- set red = {} -%}
        {%- for result in results
            if result.status | string in ["error", "fail", "runtime error"]
            or (result.status | string == "skipped" and result.node.unique_id.startswith("model.")) -%}
            {%- set node = result.node -%}
            {#- A generic test is of the model that it stands with; a singular one of all that it asks. -#}
            {%- set of = [node.unique_id] if node.unique_id.startswith("model.")
                else [node.attached_node] if node.attached_node else node.depends_on.nodes -%}
            {%- for id in of if id.startswith("model.") -%}
                {%- set reason = "it was not built" if id == result.node.unique_id else result.node.name ~ " failed" -%}
                {%- do red.setdefault(id.split(".")[2], []).append(reason | replace("'", "")) -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- set built = [] -%}
        {%- for result in results if result.node.unique_id.startswith("model.") -%}
            {%- do built.append(result.node.name) -%}
        {%- endfor -%}
        {%- for model in built -%}
            {%- set status = "failed" if model in red else "passed" -%}
            {%- do verdicts.update({model: {"status": status, "reason": red.get(model, []) | join(", ")}}) -%}
        {%- endfor -%}
        {%- for model, reasons in red.items() if invocation_args_dict.which == "test" -%}
            {%- do verdicts.update({model: {"status": "failed", "reason": reasons | join(", ")}}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ _audit(verdicts) }}
{%- endmacro %}
