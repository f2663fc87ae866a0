-- The `storage` schema as a hosted project has it: buckets, objects, the functions that policies use, and the guard
-- against deletes that would leave files behind. Run by the superuser `supabase_admin`, after `database.sql`.

create type storage.buckettype as enum ('STANDARD', 'ANALYTICS', 'VECTOR');

create table storage.buckets (
    id text primary key,
    name text not null,
    owner uuid,
    created_at timestamptz default now(),
    updated_at timestamptz default now(),
    public boolean default false,
    avif_autodetection boolean default false,
    file_size_limit bigint,
    allowed_mime_types text[],
    owner_id text,
    type storage.buckettype not null default 'STANDARD'
);

comment on column storage.buckets.owner is 'Field is deprecated, use owner_id instead';

create unique index bname on storage.buckets (name);

create table storage.objects (
    id uuid primary key default gen_random_uuid(),
    bucket_id text constraint "objects_bucketId_fkey" references storage.buckets (id),
    name text,
    owner uuid,
    created_at timestamptz default now(),
    updated_at timestamptz default now(),
    last_accessed_at timestamptz default now(),
    metadata jsonb,
    path_tokens text[] generated always as (string_to_array(name, '/')) stored,
    version text,
    owner_id text,
    user_metadata jsonb
);

comment on column storage.objects.owner is 'Field is deprecated, use owner_id instead';

create unique index bucketid_objname on storage.objects (bucket_id, name);
create index name_prefix_search on storage.objects (name text_pattern_ops);
create index idx_objects_bucket_id_name on storage.objects (bucket_id, name collate "C");

create table storage.s3_multipart_uploads (
    id text primary key,
    in_progress_size bigint not null default 0,
    upload_signature text not null,
    bucket_id text not null references storage.buckets (id),
    key text collate "C" not null,
    version text not null,
    owner_id text,
    created_at timestamptz not null default now(),
    user_metadata jsonb,
    metadata jsonb
);

create index idx_multipart_uploads_list on storage.s3_multipart_uploads (bucket_id, key, created_at);

create table storage.s3_multipart_uploads_parts (
    id uuid primary key default gen_random_uuid(),
    upload_id text not null references storage.s3_multipart_uploads (id) on delete cascade,
    size bigint not null default 0,
    part_number integer not null,
    bucket_id text not null references storage.buckets (id),
    key text collate "C" not null,
    etag text not null,
    owner_id text,
    version text not null,
    created_at timestamptz not null default now()
);

alter table storage.buckets enable row level security;
alter table storage.objects enable row level security;
alter table storage.s3_multipart_uploads enable row level security;
alter table storage.s3_multipart_uploads_parts enable row level security;

-- The folders of an object's name, without the file: `{a,b}` of `a/b/c.png`.
create function storage.foldername(name text)
returns text[]
language sql
immutable
as $$
    select tokens[1 : cardinality(tokens) - 1]
    from string_to_array(foldername.name, '/') as tokens
$$;

-- The file of an object's name: `c.png` of `a/b/c.png`.
create function storage.filename(name text)
returns text
language sql
immutable
as $$
    select tokens[cardinality(tokens)]
    from string_to_array(filename.name, '/') as tokens
$$;

-- What follows the last dot of the file: `png` of `a/b/c.png`.
create function storage.extension(name text)
returns text
language sql
immutable
as $$
    select reverse(split_part(reverse(tokens[cardinality(tokens)]), '.', 1))
    from string_to_array(extension.name, '/') as tokens
$$;

-- The running operation of the Storage API, for policies: `storage.object.upload`.
create function storage.operation()
returns text
language sql
stable
as $$
    select nullif(current_setting('storage.operation', true), '')
$$;

create function storage.get_size_by_bucket()
returns table (size bigint, bucket_id text)
language sql
stable
as $$
    select sum((o.metadata ->> 'size')::bigint)::bigint, o.bucket_id
    from storage.objects o
    group by o.bucket_id
$$;

-- One level of a bucket: the files and folders whose names follow `prefix`, which is empty or ends with a slash.
-- Folders have only a name. Runs with the caller's rights, so row level security decides what is listed.
create function storage.search(
    prefix text,
    bucketname text,
    limits integer default 100,
    levels integer default 1,
    offsets integer default 0,
    search text default '',
    sortcolumn text default 'name',
    sortorder text default 'asc'
)
returns table (
    name text,
    id uuid,
    updated_at timestamptz,
    created_at timestamptz,
    last_accessed_at timestamptz,
    metadata jsonb
)
language sql
stable
as $$
    with entries as (
        select
            o.path_tokens[search.levels] as name,
            o.id, o.updated_at, o.created_at, o.last_accessed_at, o.metadata,
            case search.sortcolumn
                when 'updated_at' then o.updated_at
                when 'created_at' then o.created_at
                when 'last_accessed_at' then o.last_accessed_at
            end as sort_at
        from storage.objects o
        where o.bucket_id = search.bucketname
        and starts_with(o.name, search.prefix)
        and cardinality(o.path_tokens) = search.levels
        union all
        select distinct
            o.path_tokens[search.levels],
            null::uuid, null::timestamptz, null::timestamptz, null::timestamptz, null::jsonb, null::timestamptz
        from storage.objects o
        where o.bucket_id = search.bucketname
        and starts_with(o.name, search.prefix)
        and cardinality(o.path_tokens) > search.levels
    )
    select e.name, e.id, e.updated_at, e.created_at, e.last_accessed_at, e.metadata
    from entries e
    where starts_with(lower(e.name), lower(search.search))
    order by
        case when search.sortcolumn <> 'name' then e.id is not null end,
        case when search.sortcolumn <> 'name' and search.sortorder <> 'desc' then e.sort_at end,
        case when search.sortcolumn <> 'name' and search.sortorder = 'desc' then e.sort_at end desc,
        case when search.sortcolumn = 'name' and search.sortorder = 'desc' then e.name collate "C" end desc,
        e.name collate "C"
    limit least(search.limits, 1500)
    offset search.offsets
$$;

create function storage.update_updated_at_column()
returns trigger
language plpgsql
as $$
begin
    new.updated_at = now();
    return new;
end;
$$;

create trigger update_objects_updated_at
before update on storage.objects
for each row execute function storage.update_updated_at_column();

create function storage.enforce_bucket_name_length()
returns trigger
language plpgsql
as $$
begin
    if length(new.name) > 100 then
        raise exception 'bucket name "%" is too long (% characters). Max is 100.', new.name, length(new.name);
    end if;
    return new;
end;
$$;

create trigger enforce_bucket_name_length_trigger
before insert or update of name on storage.buckets
for each row execute function storage.enforce_bucket_name_length();

-- A row deleted by hand would leave its file behind, so only the Storage API may delete.
create function storage.protect_delete()
returns trigger
language plpgsql
as $$
begin
    if coalesce(current_setting('storage.allow_delete_query', true), 'false') <> 'true' then
        raise exception 'Direct deletion from storage tables is not allowed. Use the Storage API instead.'
            using hint = 'This prevents accidental data loss from orphaned objects.', errcode = '42501';
    end if;
    return null;
end;
$$;

create trigger protect_buckets_delete
before delete on storage.buckets
for each statement execute function storage.protect_delete();

create trigger protect_objects_delete
before delete on storage.objects
for each statement execute function storage.protect_delete();

create trigger protect_s3_multipart_uploads_delete
before delete on storage.s3_multipart_uploads
for each statement execute function storage.protect_delete();

create trigger protect_s3_multipart_uploads_parts_delete
before delete on storage.s3_multipart_uploads_parts
for each statement execute function storage.protect_delete();

-- Owners and grants.

alter type storage.buckettype owner to supabase_storage_admin;

do $$
declare
    entry record;
begin
    for entry in select c.relname from pg_class c where c.relnamespace = 'storage'::regnamespace and c.relkind = 'r' loop
        execute format('alter table storage.%I owner to supabase_storage_admin', entry.relname);
    end loop;
    for entry in select p.oid::regprocedure as signature from pg_proc p where p.pronamespace = 'storage'::regnamespace loop
        execute format('alter function %s owner to supabase_storage_admin', entry.signature);
    end loop;
end;
$$;

grant all on storage.buckets, storage.objects to postgres with grant option;
grant all on storage.buckets, storage.objects to anon, authenticated, service_role;
grant select on storage.s3_multipart_uploads, storage.s3_multipart_uploads_parts to anon, authenticated;
grant all on storage.s3_multipart_uploads, storage.s3_multipart_uploads_parts to service_role;
grant execute on all functions in schema storage to postgres, anon, authenticated, service_role;

-- A hosted project lets `postgres` make policies and triggers on these tables; plain PostgreSQL asks for ownership.
grant supabase_storage_admin to postgres;
