-- References to orders from tables that stand before it.
alter table public.stock_movements
add constraint stock_movements_order_id_fkey foreign key (order_id) references public.orders on delete restrict;

alter table public.stock_reservations
add constraint stock_reservations_line_fkey foreign key (order_id, product_id)
    references public.order_items (order_id, product_id) on delete restrict;

alter table public.coupon_usage
add constraint coupon_usage_order_id_fkey foreign key (order_id) references public.orders on delete restrict;
