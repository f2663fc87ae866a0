-- What the texts are made of: French, with Arabic and English translations.
create temporary table nouns (
    id integer generated always as identity (minvalue 0) primary key,
    fr text,
    plural text,
    ar text,
    en text
);
insert into nouns (fr, plural, ar, en)
values
    ('Tajine', 'Tajines', 'طاجين', 'Tagine'),
    ('Théière', 'Théières', 'براد شاي', 'Teapot'),
    ('Babouches', 'Babouches', 'بلغة', 'Slippers'),
    ('Caftan', 'Caftans', 'قفطان', 'Kaftan'),
    ('Djellaba', 'Djellabas', 'جلابية', 'Djellaba'),
    ('Tapis', 'Tapis', 'زربية', 'Rug'),
    ('Lanterne', 'Lanternes', 'فانوس', 'Lantern'),
    ('Coussin', 'Coussins', 'وسادة', 'Cushion'),
    ('Plateau', 'Plateaux', 'صينية', 'Tray'),
    ('Bougeoir', 'Bougeoirs', 'شمعدان', 'Candlestick'),
    ('Miroir', 'Miroirs', 'مرآة', 'Mirror'),
    ('Pouf', 'Poufs', 'مقعد', 'Pouffe'),
    ('Couverture', 'Couvertures', 'غطاء', 'Blanket'),
    ('Assiette', 'Assiettes', 'صحن', 'Plate'),
    ('Saladier', 'Saladiers', 'وعاء', 'Bowl'),
    ('Vase', 'Vases', 'مزهرية', 'Vase'),
    ('Sac', 'Sacs', 'حقيبة', 'Bag'),
    ('Ceinture', 'Ceintures', 'حزام', 'Belt'),
    ('Écharpe', 'Écharpes', 'وشاح', 'Scarf'),
    ('Bracelet', 'Bracelets', 'سوار', 'Bracelet'),
    ('Collier', 'Colliers', 'قلادة', 'Necklace'),
    ('Savon', 'Savons', 'صابون', 'Soap'),
    ('Huile', 'Huiles', 'زيت', 'Oil'),
    ('Parfum', 'Parfums', 'عطر', 'Perfume'),
    ('Miel', 'Miels', 'عسل', 'Honey'),
    ('Safran', 'Safrans', 'زعفران', 'Saffron'),
    ('Amandes', 'Amandes', 'لوز', 'Almonds'),
    ('Dattes', 'Dattes', 'تمور', 'Dates'),
    ('Table', 'Tables', 'طاولة', 'Table'),
    ('Chaise', 'Chaises', 'كرسي', 'Chair'),
    ('Étagère', 'Étagères', 'رف', 'Shelf'),
    ('Lampe', 'Lampes', 'مصباح', 'Lamp'),
    ('Cafetière', 'Cafetières', 'إبريق قهوة', 'Coffee pot'),
    ('Couteau', 'Couteaux', 'سكين', 'Knife'),
    ('Panier', 'Paniers', 'سلة', 'Basket'),
    ('Téléphone', 'Téléphones', 'هاتف', 'Phone'),
    ('Ordinateur', 'Ordinateurs', 'حاسوب', 'Computer'),
    ('Casque', 'Casques', 'سماعة', 'Headphones'),
    ('Montre', 'Montres', 'ساعة', 'Watch'),
    ('Valise', 'Valises', 'حقيبة سفر', 'Suitcase');

create temporary table materials (
    id integer generated always as identity (minvalue 0) primary key,
    fr text,
    ar text,
    en text
);
insert into materials (fr, ar, en)
values
    ('bois', 'خشب', 'wood'),
    ('cuir', 'جلد', 'leather'),
    ('laiton', 'نحاس أصفر', 'brass'),
    ('laine', 'صوف', 'wool'),
    ('coton', 'قطن', 'cotton'),
    ('soie', 'حرير', 'silk'),
    ('verre', 'زجاج', 'glass'),
    ('argile', 'طين', 'clay'),
    ('argent', 'فضة', 'silver'),
    ('raphia', 'رافيا', 'raffia'),
    ('acier', 'فولاذ', 'steel'),
    ('bambou', 'خيزران', 'bamboo');

create temporary table colours (
    id integer generated always as identity (minvalue 0) primary key,
    fr text,
    ar text,
    en text
);
insert into colours (fr, ar, en)
values
    ('bleu', 'أزرق', 'blue'),
    ('rouge', 'أحمر', 'red'),
    ('vert', 'أخضر', 'green'),
    ('jaune', 'أصفر', 'yellow'),
    ('noir', 'أسود', 'black'),
    ('blanc', 'أبيض', 'white'),
    ('ocre', 'مغرة', 'ochre'),
    ('doré', 'ذهبي', 'golden'),
    ('violet', 'بنفسجي', 'purple'),
    ('naturel', 'طبيعي', 'natural');

create temporary table origins (
    id integer generated always as identity (minvalue 0) primary key,
    fr text,
    ar text
);
insert into origins (fr, ar)
values
    ('Safi', 'آسفي'),
    ('Fès', 'فاس'),
    ('Marrakech', 'مراكش'),
    ('Essaouira', 'الصويرة'),
    ('Chefchaouen', 'شفشاون'),
    ('Tétouan', 'تطوان'),
    ('Ouarzazate', 'ورزازات'),
    ('Taroudant', 'تارودانت'),
    ('Azilal', 'أزيلال'),
    ('Meknès', 'مكناس'),
    ('Salé', 'سلا'),
    ('Rabat', 'الرباط'),
    ('Agadir', 'أكادير'),
    ('Tanger', 'طنجة'),
    ('Oujda', 'وجدة');

create temporary table first_names (
    id integer generated always as identity (minvalue 0) primary key,
    name text
);
insert into first_names (name)
values
    ('Amina'), ('Salma'), ('Fatima'), ('Khadija'), ('Imane'), ('Zineb'), ('Youssef'), ('Mehdi'), ('Karim'), ('Hamza'),
    ('Omar'), ('Rachid'), ('Nadia'), ('Leïla'), ('Sofia'), ('Anas'), ('Ilyas'), ('Hajar'), ('Samir'), ('Meryem');

create temporary table last_names (
    id integer generated always as identity (minvalue 0) primary key,
    name text
);
insert into last_names (name)
values
    ('El Fassi'), ('Benali'), ('Alaoui'), ('Bennani'), ('Tazi'), ('Berrada'), ('Chraïbi'), ('Idrissi'), ('Lahlou'),
    ('Amrani'), ('Sqalli'), ('Mansouri'), ('Ouazzani'), ('Kettani'), ('Naciri'), ('Filali'), ('Haddad'), ('Rami');

create temporary table brands (
    id integer generated always as identity (minvalue 0) primary key,
    name text
);
insert into brands (name)
select first_word.word || ' ' || second_word.word
from unnest(array[
    'Atlas', 'Sahara', 'Zellige', 'Argana', 'Médina', 'Oasis', 'Rif', 'Jasmin', 'Safran', 'Toubkal', 'Andalou', 'Souss',
    'Mogador', 'Ourika', 'Anfa', 'Chellah', 'Tafraout', 'Volubilis', 'Lixus', 'Dadès'
]) as first_word (word)
cross join unnest(array[
    'Maison', 'Création', 'Artisanat', 'Atelier', 'Design', 'Tradition', 'Héritage', 'Nature', 'Studio', 'Comptoir'
]) as second_word (word);
