-- The words by which products are found: those of the products that are not hidden or deleted themselves, so that a search
-- meets no others. Kept by private.follow_texts.
create table private.search_documents (
    product_id uuid primary key references public.products on delete cascade,
    -- The product to show: itself, or a variant's product.
    found_as uuid not null,
    -- The SKU: see private.search_code.
    code text not null,
    document tsvector not null
);

-- Rows rather than their attic: every hit's document is read for its rank.
alter table private.search_documents alter column document set storage main;
create index search_documents_code_idx on private.search_documents (code text_pattern_ops);
create index search_documents_document_idx on private.search_documents using gin (document);
