-- Which texts are taken as Markdown.
begin;
select plan(57);

select is(private.markdown_fault(text, 500), null, format('taken: %s', to_json(text)))
from unnest(array[
    'Mode d''emploi : <https://atlas.example/guide.pdf>', '<aide@example.com>', '<mailto:aide@example.com>', '<tel:+212661000000>',
    '<https://atlas.example/?onclick=1&b=<b', '[x](https://a.example "titre")', '[x](<https://a.example/a b>)', '[x](HTTP://a.example)',
    '[x](http&#58;//a.example)', '[x](/produits/1?a=b:c)', '[x](page_(1))', '[x](#ancre)', '[x](//cdn.example/x)', '[x](mailto:a@b.c)',
    '[x](tel:+212661000000)', '![x](https://a.example/x.png)', '[x]: https://a.example "titre"', '[x][y]', '[ ] fait', 'a [1] : 2',
    '[x](%6aavascript:1)', '[Composition]: coton: 80 %', '[Horaires]: 9:00', '[![x](/a.png)](/b)[y](/c)', 'JavaScript: The Good Parts', 'Flexible <M10 x M12>',
    E'# Titre\n\n- a\n- b\n\n| a | b |\n|---|---|\n'
]) as text;
select is(private.markdown_fault(text, 500), '["markup"]', format('refused: %s', to_json(text)))
from unnest(array[
    '[x](javascript:alert(1))', '[x](JavaScript:alert(1))', '[x]( javascript:alert(1))', E'[x](\njavascript:alert(1))',
    '[x](<javascript:alert(1)>)', '[x](<java script:alert(1)>)', '[x](&#106;avascript:alert(1))', '[x](&#x6A;avascript:alert(1))',
    '[x](&#0000106;avascript:alert(1))', '[x](javascript&colon;alert(1))', '[x](java&Tab;script:alert(1))',
    '[x](java&NewLine;script:alert(1))', '[x](java&#10;script:alert(1))', '[x](javascript\:alert(1))', E'[x](java\u200bscript:1)',
    '![x](data:image/svg+xml;base64,PHN2Zz4=)', '[x]: vbscript:run', '[x]: <javascript:alert(1)>', '<javascript:alert(1)>',
    '<file:///etc/passwd>', '[x](ftp://a.example)', 'un <b>mot</b>', '`<b>`', 'a <script>', '<https://a.example/ onclick=x>',
    '[![x](/a.png)](javascript:alert(1))', '[x](/a)[y](javascript:alert(1))', '[x](/a)]:javascript:alert(1)'
]) as text;
select is(private.markdown_fault(E'\u00a0\u200b', 500, required => true), '["required"]', 'blanks are no text');
select is(private.markdown_fault('<https://a.example>', 5), '["too_long", 5]', 'a long text says how long it may be');

select * from finish();
rollback;
