{#- Every class is in the scale of its scheme: one that is not would count as neither good nor bad. -#}
{% test class_is_known(model) %}
select
    certificaten.stelsel,
    certificaten.label_klasse,
    count(*) as aantal
from {{ model }} as certificaten
left join {{ ref('label_klasse') }} as klassen
    on
        certificaten.stelsel = klassen.stelsel
        and certificaten.label_klasse = klassen.label_klasse
where certificaten.label_klasse is not null and klassen.label_klasse is null
group by certificaten.stelsel, certificaten.label_klasse
{% endtest %}
