do $$
begin
    perform private.ensure_log_partitions();
end;
$$;
