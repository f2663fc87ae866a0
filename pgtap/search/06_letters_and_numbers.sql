-- One word in different letters and digits, numbers with their units, and SKUs beside words.
begin;
select plan(48);

select tests.create_search_shop();
insert into public.products (sku, slug, name, price, short_description, brand)
select item.sku, lower(item.sku), item.name, 10, item.short_description, item.brand
from (
    values
        ('N-GAZ', 'قهوة ڭازة', null, null),
        ('N-VAL', 'ڤاليزة', null, null),
        ('N-PIS', 'پيسين', null, null),
        ('N-CAR', 'چاكيطة', null, null),
        ('N-PER', 'کیک', null, null),
        ('N-DIG', 'ساعة ٢٠٢٦', null, null),
        ('N-FIG', 'Coffret ﬁgues ｆｉｎｅｓ', null, null),
        ('N-PRE', 'ﻏﻼﻳﺔ', null, null),
        ('N-NFD', u&'Poe\0302le en fe\0301r', null, null),
        ('N-COU', 'Couscous 500g', null, null),
        ('N-RIZ', 'Riz 500 g', null, null),
        ('N-RIL', 'Riz 5000 g', null, null),
        ('N-EAU', 'Eau 1,5l', null, null),
        ('N-LAI', 'Lait 1.5 L', null, null),
        ('N-ECR', 'Portable 15,6 pouces', null, null),
        ('N-DAT', 'Dattes', '٥٠٠ غ في علبة', null),
        ('N-MAG', 'Magic® gant', null, null),
        ('N-SOF', u&'Cafe\00ADtier\200De', null, null),
        ('LAMP-1', 'Abat-jour', null, null),
        ('LUX-9', 'Lampe', null, null),
        ('LUX-8', 'Plafonnier', null, 'Lampo'),
        ('500G-X', 'Boîte', null, null)
) as item (sku, name, short_description, brand);
select tests.authenticate_as_anon();

-- The letters of the Maghreb, and Persian ones.
select is(tests.found('كازة'), 'N-GAZ', 'a kaf finds the gaf of Morocco');
select is(tests.found('گازة'), 'N-GAZ', 'the Persian one');
select is(tests.found('ݣازة'), 'N-GAZ', 'and the one of the Amazigh');
select is(tests.found('فاليزة'), 'N-VAL', 'a fa finds a ve');
select is(tests.found('ڥاليزة'), 'N-VAL', 'with its dots below too');
select is(tests.found('ڢاليزة'), 'N-VAL', 'as does the fa of Maghrebi script');
select is(tests.found('بيسين'), 'N-PIS', 'a ba finds a pe');
select is(tests.found('جاكيطة'), 'N-CAR', 'a jim finds a che');
select is(tests.found('ڧهوة'), 'N-GAZ', 'the qaf of Maghrebi script finds a qaf');
select is(tests.found('كيك'), 'N-PER', 'Arabic ya and kaf find Persian ones');

-- Digits of any script.
select is(tests.found('2026'), 'N-DIG', 'European digits find Arabic ones');
select is(tests.found('۲۰۲۶'), 'N-DIG', 'so do Persian digits');
select is(tests.found('२०२६'), 'N-DIG', 'and Indian ones');
select is(tests.found('２０２６'), 'N-DIG', 'and full-width ones');
select is(tests.found('២០២៦'), 'N-DIG', 'and those of Khmer');
select is(tests.found(u&'\+01D7D0\+01D7CE\+01D7D0\+01D7D4'), 'N-DIG', 'and mathematical ones');
select is(tests.found(u&'\+01E952\+01E950\+01E952\+01E956'), 'N-DIG', 'and those beyond the first plane of Unicode');

-- Forms of one character.
select is(tests.found('figues'), 'N-FIG', 'a ligature is its letters');
select is(tests.found('fines'), 'N-FIG', 'full-width letters are letters');
select is(tests.found('ＦＩＧＵＥＳ'), 'N-FIG', 'in a search too');
select is(tests.found('غلاية'), 'N-PRE', 'presentation forms are the letters they present');
select is(tests.found('poele fer'), 'N-NFD', 'accents may be characters of their own');
select is(tests.found('POÊLE'), 'N-NFD', 'or not');
select is(tests.found('magic'), 'N-MAG', 'a trade mark is no part of a word');
select is(tests.found('cafetiere'), 'N-SOF', 'nor are characters that nobody sees');

select tests.clear_authentication();
select lives_ok(
    $$insert into public.products (sku, slug, name, brand, price) values ('N-LIG', 'n-lig', repeat('ﷺ', 200), repeat('ﷺ', 100), 10)$$,
    'a name may be of characters that stand for many'
);
select tests.authenticate_as_anon();
select is(tests.found(brand => repeat('ﷺ', 100)), 'N-LIG', 'a brand too');

-- A number and its unit.
select is(tests.found('couscous 500g'), 'N-COU', 'a number with its unit finds it as written');
select is(tests.found('couscous 500 g'), 'N-COU', 'and together where it is apart');
select is(tests.found('riz 500g'), 'N-RIZ', 'and apart where it is together');
select is(tests.found('riz 500 g'), 'N-RIZ', 'not another number');
select is(tests.found('dattes 500غ'), 'N-DAT', 'in Arabic too');
select is(tests.found('dattes 500 غ'), 'N-DAT', 'together or apart');
select is(tests.found('eau 1.5 l'), 'N-EAU', 'a decimal comma is a decimal point');
select is(tests.found('lait 1,5l'), 'N-LAI', 'the other way round');
select is(tests.found('lait ١٫٥ L'), 'N-LAI', 'and in Arabic');
select is(tests.found('15.6 pouces'), 'N-ECR', 'inches');
select is(tests.found('15,6pouces'), 'N-ECR', 'together');
select is(tests.found('portable 15.6 pou'), 'N-ECR', 'while the unit is typed');
select is(tests.found('portable 15'), 'N-ECR', 'while the number is typed');

-- SKUs beside words.
select is(tests.found('lamp'), 'LAMP-1 LUX-8 LUX-9', 'a SKU''s beginning adds its product to what the word finds, then brands');
select is(tests.found('lamp-1'), 'LAMP-1', 'the SKU finds its product');
select is(
    (select array_agg(sku order by sku) from unnest(string_to_array(tests.found('500g'), ' ')) as sku),
    array['500G-X', 'N-COU', 'N-RIZ'],
    'a SKU hides nothing that words find'
);
select is(split_part(tests.found('500g'), ' ', 1), '500G-X', 'and comes first');
select is(tests.found('lampr'), 'LUX-8 LUX-9', 'a mistyped word finds what was meant');
select tests.clear_authentication();
insert into public.products (sku, slug, name, price) values ('LAMPR', 'lampr', 'Tabouret', 10);
select tests.authenticate_as_anon();
select is(tests.found('lampr'), 'LAMPR LUX-8 LUX-9', 'also when it happens to be a SKU');
select is(tests.found('TAJ-100 cocotte'), 'TAJ-100', 'a SKU may stand beside words');
select is(tests.found('032'), 'TAJ-032', 'a part of a SKU finds it');

select * from finish();
rollback;
