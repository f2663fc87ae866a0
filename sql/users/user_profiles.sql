create table public.user_profiles (
    id uuid primary key references auth.users on delete cascade,
    name text,
    phone text,
    role text not null default 'customer',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index user_profiles_role_idx on public.user_profiles (role) where role = 'admin';
create index user_profiles_created_at_idx on public.user_profiles (created_at);

comment on table public.user_profiles is
    'One row for each account, made with it. People change their own name and phone; roles change through rpc/admin_set_user_role.';
comment on column public.user_profiles.id is 'The account''s id in Supabase Auth.';
comment on column public.user_profiles.role is 'customer | admin. There is always an admin once there was one.';
