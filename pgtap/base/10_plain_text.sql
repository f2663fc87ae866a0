-- Which texts are taken as plain text.
begin;
select plan(94);

-- HTML is what a browser would read as such.
select is(private.has_markup(text), false, format('text: %s', text))
from unnest(array[
    'a < b', '3 <5 kg', '1<2>0', 'I <3 you', '</3', 'x <b and c', '< script>', '<Acier inox>', '<h7>', '<scripting>',
    '<M10 x M12>', 'Flexible <M10 x M12>', 'Résidence <<Al Amal>>', '«Al Amal»', 'JavaScript: The Good Parts', 'vbscript: a history',
    'javascript: ce qu''il faut savoir', 'onclick=alert(1)', 'O''Brien; drop table orders', 'أمينة 🎉', '&lt;b&gt;',
    'Voir <https://atlas.example/guide.pdf>', 'Écrire à <aide@example.com>', '<a@example.com>'
]) as text;
select is(private.has_markup(text), true, format('HTML: %s', text))
from unnest(array[
    '<b>x</b>', '<B>', '<br/>', '<br />', '</div>', '<p class=x>', '<a href="x"', '<img src=x', '<img/src=x', '<script', '</script',
    '<SVG/onload=1', '<svg><g>', '<math><mi>x</mi></math>', '<foreignObject>', '<iframe>', '<style>', '<table>', '<h1>',
    '<b title="<">', '<x onclick=alert(1)>', '<x/onclick=alert(1)>', '<x "onclick=alert(1)', '<!-- x -->', '<!--', '<!doctype html>',
    '<![CDATA[x]]>', '<?xml version="1.0"?>', '<?php', 'a <textarea>'
]) as text;

-- Characters.
select is(private.text_fault(E'a\u0007b', 100), '["control"]', 'a bell is refused');
select is(private.text_fault(E'a\nb', 100), '["control"]', 'a new line in a text of one line');
select is(private.text_fault(E'a\n\tb', 100, multiline => true), null, 'but not in one of several');
select is(private.text_fault(E'Th\u00e9\u202egpj.exe', 100), '["direction"]', 'an override of the direction of writing in one line');
select is(private.text_fault(E'a\u2066b', 100), '["direction"]', 'and an isolate');
select is(private.text_fault(E'a\u202bb', 100, multiline => true), null, 'but not in several lines');
select is(private.text_fault(E'\u0645\u200f!', 100), null, 'a mark of direction is no override');
select is(private.text_fault(E'\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645', 100), null, 'nor is a joiner between letters');
select is(private.text_fault('12345', 4), '["too_long", 4]', 'a long text says how long it may be');

-- What can't be seen is missing.
select is(private.text_fault(text, 100, required => true), '["required"]', format('nothing to see: %s', text::bytea))
from unnest(array[
    '', ' ', E'\t\r\n', E'\u00a0', E'\u200b\u200b', E'\u3164', E'\u115f\u1160', E'\u00ad', E'\u2800', E'\u180e', E'\ufeff', E'\u2060',
    E'\u202a\u202c', E'\ufe0f', E'\u3000 \u2003'
]) as text;
select is(private.text_fault(null, 100, required => true), '["required"]', 'no text is missing');
select is(private.text_fault(E'\u200b', 100), null, 'where a text may be missing, blanks are none');
select is(private.trimmed(E'\u00a0\u200b  Amina B. \u3000\ufeff\n'), 'Amina B.', 'blanks of any kind go from the ends');
select is(private.trimmed(E'\u2764\ufe0f'), E'\u2764\ufe0f', 'an emoji keeps its variation');
select is(private.trimmed(E' \u200f\u0645\u200f '), E'\u200f\u0645\u200f', 'a word its marks of direction');
select is(private.trimmed(E'\u200b\u00a0'), null, 'and nothing is null');
select is(private.trimmed('東京'), '東京', 'letters of any script are seen');

-- E-mail addresses.
select is(private.email_fault('amina.b+shop@example.co.uk'), null, 'an e-mail address');
select is(private.email_fault('أمينة@example.com'), null, 'of any script');
select is(private.email_fault(text), '["not_email"]', format('is none: %s', to_json(text)))
from unnest(array['amina', 'amina@example', 'a b@example.com', '<amina@example.com>', E'amina\u200b@example.com']) as text;

-- The same at the tables.
create temporary table people as
select tests.create_user('text@example.com') as customer;
grant select on people to public;
select tests.authenticate_as((select customer from people));
select is(
    tests.faults($$ insert into public.user_addresses (full_name, line1, city) values (E'\u200b\u200b', E'\u00a0', E'\u3164') $$),
    '{"full_name": ["required"], "line1": ["required"], "city": ["required"]}',
    'a buyer whose name can''t be seen has none'
);
select is(
    tests.faults($$ insert into public.user_addresses (full_name, line1, city) values (E'Amina\u202eB', 'Résidence <<Al Amal>>', 'Fès') $$),
    '{"full_name": ["direction"]}',
    'a label''s text can''t be turned round; angle brackets are text'
);

select * from finish();
rollback;
