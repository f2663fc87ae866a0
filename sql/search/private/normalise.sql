-- How texts are compared in search: in lower case, without accents, with one form of each letter and digit, words with single
-- blanks between them. A decimal point between two numbers is ø, which no such text holds otherwise: PostgreSQL's parser
-- then takes 15ø6 for one word, as it does with 15ø6l.
-- Immutable, because the dictionary is named and the rules of `unaccent` do not change within a version of PostgreSQL.
create function private.normalise(value text)
    returns text
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
declare
    normal text := value;
    digit record;
begin
    -- ASCII has one form of each letter already, and is what most texts are.
    if octet_length(normal) > char_length(normal) then
        -- Characters nobody sees; signs that would become letters; the rest in one form (NFKC), so that full-width and
        -- presentation forms and ligatures are the letters they stand for.
        normal := regexp_replace(
            normal,
            '[\u00ad\u034f\u061c\u180b-\u180f\u200c-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufe70-\ufe7f\ufeff]',
            '',
            'g'
        );
        normal := translate(normal, u&'\00A9\00AE\2120\2122', '    ');
        normal := extensions.unaccent('extensions.unaccent'::regdictionary, normalize(normal, nfkc));
        -- Accents of their own, vowel signs, tatweel.
        normal := regexp_replace(
            normal,
            '[\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u08d3-\u08ff]',
            '',
            'g'
        );
        if normal ~ '[\u0600-\u077f]' then
            -- Alef, ya, ta marbuta and the carriers of hamza; the letters that the Maghreb, Persian and Urdu add.
            normal := translate(
                normal,
                u&'\0622\0623\0625\0671\067E\0686\0687\0758\0698\069C\069E\06A1\06A2\06A3\06A4\06A5\06A6\0760\0761'
                    || u&'\066F\06A7\06A8\06A9\06AA\06AB\06AC\06AD\06AE\06AF\06B0\06B1\06B2\06B3\06B4\0762\0763\0764\077F\06BA'
                    || u&'\0629\06BE\06C0\06C1\06C2\06C3\06D5\0624\06C4\06C5\06C6\06C7\06C8\06C9\06CA\06CB\06CF'
                    || u&'\0626\0649\06CC\06CD\06CE\06D0\06D1\06D2\06D3',
                u&'\0627\0627\0627\0627\0628\062C\062C\062C\0632\0634\0635\0641\0641\0641\0641\0641\0641\0641\0641'
                    || u&'\0642\0642\0642\0643\0643\0643\0643\0643\0643\0643\0643\0643\0643\0643\0643\0643\0643\0643\0643\0646'
                    || u&'\0647\0647\0647\0647\0647\0647\0647\0648\0648\0648\0648\0648\0648\0648\0648\0648\0648'
                    || u&'\064A\064A\064A\064A\064A\064A\064A\064A\064A'
            );
            normal := translate(
                normal,
                u&'\0660\0661\0662\0663\0664\0665\0666\0667\0668\0669\06F0\06F1\06F2\06F3\06F4\06F5\06F6\06F7\06F8\06F9',
                '01234567890123456789'
            );
        end if;
        if normal ~ '[\u07c0-\u1fff\ua620-\uabff\U00010000-\U0001ffff]' then
            for digit in
                select chr(zeros.code + digits.value) as form, digits.value
                from unnest(private.digit_zeros()) as zeros (code)
                cross join generate_series(0, 9) as digits (value)
                where position(chr(zeros.code + digits.value) in normal) > 0
            loop
                normal := replace(normal, digit.form, digit.value::text);
            end loop;
        end if;
    end if;

    normal := lower(normal);
    if normal ~ '[0-9][.,\u066b][0-9]' then
        -- Not in chains of more, such as versions and lists.
        normal := regexp_replace(
            normal,
            '(^|[^0-9.,\u066b])([0-9]+)[.,\u066b]([0-9]+)(?![0-9]|[.,\u066b][0-9])',
            u&'\\1\\2\00F8\\3',
            'g'
        );
    end if;
    return btrim(regexp_replace(
        normal,
        -- ASCII and common punctuation by code, because character classes depend on the database's locale.
        '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u00d7\u00f7\u060c\u061b\u061f\u066a-\u066d\u06d4'
            || '\u2000-\u206f\u3000-\u303f]+',
        ' ',
        'g'
    ));
end;
$$;
comment on function private.normalise is 'A text as search compares it.';
