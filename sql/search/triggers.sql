create trigger follow_texts_of_new
    after insert on public.products
    referencing new table as written
    for each statement execute function private.follow_texts();

create trigger follow_texts_of_changed
    after update on public.products
    referencing old table as replaced new table as written
    for each statement execute function private.follow_texts();

create trigger follow_entries_of_new
    after insert on public.products
    referencing new table as written
    for each statement execute function private.follow_entries();

create trigger follow_entries_of_changed
    after update on public.products
    referencing old table as replaced new table as written
    for each statement execute function private.follow_entries();

create trigger follow_entries_of_removed
    after delete on public.products
    referencing old table as removed
    for each statement execute function private.follow_entries();
