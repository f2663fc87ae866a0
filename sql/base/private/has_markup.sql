-- Whether a text holds what browsers read as HTML: an element they know (closed, or open with an attribute), a comment or
-- declaration, or any tag that runs script. What else begins with `<` is text, such as `<M10 x M12>` and `<<Al Amal>>`.
-- CHECK constraints and triggers both call this; strict, since most columns are often null.
create function private.has_markup(value text)
    returns boolean
    immutable
    strict
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
declare
    -- Elements of HTML (old ones too), SVG and MathML.
    elements constant text := 'a|abbr|acronym|address|applet|area|article|aside|audio|b|base|basefont|bdi|bdo|bgsound|big|blink|blockquote'
        || '|body|br|button|canvas|caption|center|cite|code|col|colgroup|command|content|data|datalist|dd|del|details|dfn|dialog|dir|div'
        || '|dl|dt|element|em|embed|fencedframe|fieldset|figcaption|figure|font|footer|form|frame|frameset|h[1-6]|head|header|hgroup|hr'
        || '|html|i|iframe|image|img|input|ins|isindex|kbd|keygen|label|legend|li|link|listing|main|map|mark|marquee|math|menu|menuitem'
        || '|meta|meter|multicol|nav|nextid|nobr|noembed|noframes|noscript|object|ol|optgroup|option|output|p|param|picture|plaintext'
        || '|portal|pre|progress|q|rb|rbc|rp|rt|rtc|ruby|s|samp|script|search|section|select|selectedcontent|shadow|slot|small|source'
        || '|spacer|span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|template|textarea|tfoot|th|thead|time|title|tr|track|tt'
        || '|u|ul|var|video|wbr|xmp'
        || '|animate|animatemotion|animatetransform|circle|clippath|cursor|defs|desc|discard|ellipse|fe[a-z]+|filter|foreignobject|g|glyph'
        || '|lineargradient|marker|mask|metadata|mpath|path|pattern|polygon|polyline|radialgradient|rect|set|stop|switch|symbol|text'
        || '|textpath|tref|tspan|use|view|line'
        || '|annotation|annotation-xml|maction|menclose|merror|mfenced|mfrac|mglyph|mi|mlabeledtr|mmultiscripts|mn|mo|mover|mpadded'
        || '|mphantom|mprescripts|mroot|mrow|ms|mspace|msqrt|mstyle|msub|msubsup|msup|mtable|mtd|mtext|mtr|munder|munderover|semantics';
begin
    -- Spares nearly every text the regular expressions.
    if position('<' in value) = 0 or value !~ '<[A-Za-z/!?]' then
        return false;
    end if;
    return value ~* '<!|<\?[a-z=]'
        or value ~* '</?(script|style|iframe|object|embed|svg|math|img|link|meta|base|form|html|body)($|[^a-z0-9:._-])'
        or value ~* ('</?(' || elements || ')(/|\s[^>]*|/[^>]*)?>')
        or value ~* ('<(' || elements || ')[\s/][^>]*=')
        -- A browser runs the handlers of elements that it does not know, too.
        or value ~* '<[a-z][^>]*[\s/"'']on[a-z]+\s*=';
end;
$$;
grant execute on function private.has_markup to anon, authenticated, service_role;
