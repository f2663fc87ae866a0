-- What the words of a search find, and in which order.
begin;
select plan(39);

select tests.create_search_shop();
select tests.authenticate_as_anon();

-- Words.
select is(tests.found('fonte'), 'TAJ-100', 'a word of a name finds the product');
select is(tests.found('FONTE'), 'TAJ-100', 'in any case');
select is(tests.found('emaille'), 'TAJ-026', 'without accents');
select is(tests.found('fônté'), 'TAJ-100', 'with accents that are not there');
select is(tests.found('babouche'), 'SHO-001', 'in the singular');
select is(tests.found('smartphones'), 'TEL-001', 'in the plural');
select is(tests.found('personne'), 'TAJ-026', 'French words by their stem, in short descriptions');
select is(tests.found('couscoussier'), 'TAJ-032', 'and in descriptions');
select is(tests.found('cuite pour quatre'), 'TAJ-026', 'all words must match');
select is(tests.found('fonte smartphone'), null, 'or nothing is found');
select is(tests.found('la théière de l''été'), 'THE-001', 'stop words beside others need not');
select is(tests.found('thé'), 'THE-001', 'a word that is a stop word elsewhere is a word alone');
select is(tests.found('chouara'), 'SHO-001', 'a brand is found');
select is(tests.found('marmite'), 'TAJ-032', 'Markdown is no part of a word');
select is(tests.found('طاجين'), 'TAJ-026', 'Arabic is found');
select is(tests.found('الطاجين'), 'TAJ-026', 'with the article');
select is(tests.found('فخار'), 'TAJ-026', 'without vowel signs');
select is(tests.found('طَـاجين لاربعه اشخاص'), 'TAJ-026', 'in any of the usual spellings');
select is(tests.found('glazed tagines'), 'TAJ-026', 'translations are found');

-- While typing.
select is(tests.found('smartp'), 'TEL-001', 'a word that is begun finds');
select is(tests.found('boi epi'), 'BOX-001', 'so do several');
select is(tests.found('طاج'), 'TAJ-026', 'in Arabic too');

-- Typing errors.
select is(tests.found('smrtphone'), 'TEL-001', 'one letter missing');
select is(tests.found('babouuches'), 'SHO-001', 'one letter too many');
select is(tests.found('coccote'), 'TAJ-100', 'two letters wrong');
select is(tests.found('samrtphone'), 'TEL-001', 'two letters swapped');
select is(tests.found('smrtphone sahara'), 'TEL-001', 'beside a right word');
select is(tests.found('fonte'), 'TAJ-100', 'a word that is there is taken as it is');
select is(tests.found('xyzzyx'), null, 'a word like no other finds nothing');

-- Order.
select is(
    tests.found('tajine'),
    'TEL-001 TAJ-026 TAJ-032 BOX-001',
    'brand comes before name, and name before description'
);
select is(tests.found('taj'), 'TAJ-026 TAJ-032 TAJ-100 TEL-001 BOX-001', 'a SKU comes before a brand');
select is(tests.found('TAJ-032'), 'TAJ-032', 'a SKU finds its product');
select is(tests.found('taj 032'), 'TAJ-032', 'in any spelling');
select is(tests.found('taj032'), 'TAJ-032', 'also in one word');
select is(tests.found('sho-001-40'), 'SHO-001', 'a variant''s SKU finds its product');

-- What is no word.
select is(tests.found('?!'), null, 'punctuation finds nothing');
select is(tests.found('   ', sort => 'name'), tests.found(sort => 'name'), 'blanks are no search');
select is(tests.found('''; drop table products; --'), null, 'SQL is text');
select is(tests.found('fonte & ! | ( :* <-> \ '' "'), 'TAJ-100', 'so are the signs of a text search');

select * from finish();
rollback;
