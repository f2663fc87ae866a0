-- Telephone numbers are what people write.
begin;
select plan(27);

select is(private.clean_phone(written), kept, format('"%s" is kept as %s', written, kept))
from (
    values
        ('(0522) 27-00-00', '(0522) 27-00-00'),
        ('+212 (0)6 61 00 00 00', '+212 (0)6 61 00 00 00'),
        (E'\u202a+212661000000\u202c', '+212661000000'),
        (E'\u200e+212\u00a0661\u201300\u201300\u201100', '+212 661-00-00-00'),
        (E'06\u00a061\u00a000 00 00', '06 61 00 00 00'),
        ('  06  61 00 00 00 ', '06 61 00 00 00'),
        ('٠٦٦١٠٠٠٠٠٠', '0661000000'),
        ('۰۶۶۱۰۰۰۰۰۰', '0661000000'),
        ('०६६१००००००', '0661000000'),
        ('＋２１２６６１００００００', '+212661000000'),
        (E'\u200b\u00a0', null)
) as example (written, kept);
select is(private.phone_fault(written), null, format('"%s" is a telephone number', written))
from unnest(array[
    '(0522) 27-00-00', '+212 (0)6 61 00 00 00', '(+212) 661000000', E'\u202a+212661000000\u202c', E'06\u00a061\u00a000 00 00', '٠٦٦١٠٠٠٠٠٠',
    '06/61/00/00/00', '06.61.00.00.00', '00212661000000', '150 150'
]) as written;
select is(private.phone_fault(written), '["not_phone"]', format('"%s" is none', written))
from unnest(array['0-----', '12345', '1234567890123456', '+2126+1000000', '06610000 poste 2']) as written;
select is(private.phone_fault(repeat(' 1', 30)), '["too_long", 40]', 'a long one says how long it may be');

select * from finish();
rollback;
