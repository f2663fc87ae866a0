-- The demo shop: what a first start fills an empty database with. It never runs on a shop in use.

-- Categories: three levels.
insert into public.categories (slug, name, description, sort_order, translations)
values
    ('maison', 'Maison', 'Artisanat et équipement pour la maison.', 1, '{"en": {"name": "Home"}, "ar": {"name": "المنزل"}}'),
    ('mode', 'Mode', 'Vêtements et accessoires, faits au Maroc.', 2, '{"en": {"name": "Fashion"}, "ar": {"name": "الأزياء"}}'),
    ('beaute', 'Beauté', 'Soins traditionnels et naturels.', 3, '{"en": {"name": "Beauty"}, "ar": {"name": "الجمال"}}'),
    ('epicerie', 'Épicerie', 'Saveurs des terroirs marocains.', 4, '{"en": {"name": "Food"}, "ar": {"name": "البقالة"}}'),
    ('electronique', 'Électronique', 'Téléphones, ordinateurs et son.', 5, '{"en": {"name": "Electronics"}, "ar": {"name": "الإلكترونيات"}}');

insert into public.categories (parent_id, slug, name, sort_order, translations)
select parents.id, child.slug, child.name, child.sort_order, child.translations::jsonb
from (
    values
        ('maison', 'cuisine', 'Cuisine', 1, '{"en": {"name": "Kitchen"}, "ar": {"name": "المطبخ"}}'),
        ('maison', 'decoration', 'Décoration', 2, '{"en": {"name": "Decoration"}, "ar": {"name": "الديكور"}}'),
        ('mode', 'mode-femme', 'Femme', 1, '{"en": {"name": "Women"}, "ar": {"name": "نساء"}}'),
        ('mode', 'mode-homme', 'Homme', 2, '{"en": {"name": "Men"}, "ar": {"name": "رجال"}}'),
        ('beaute', 'soins', 'Soins', 1, '{"en": {"name": "Care"}, "ar": {"name": "العناية"}}'),
        ('epicerie', 'sale', 'Épicerie salée', 1, '{"en": {"name": "Savoury"}, "ar": {"name": "مالح"}}'),
        ('epicerie', 'sucre', 'Épicerie sucrée', 2, '{"en": {"name": "Sweet"}, "ar": {"name": "حلو"}}'),
        ('electronique', 'telephonie', 'Téléphonie', 1, '{"en": {"name": "Phones"}, "ar": {"name": "الهواتف"}}'),
        ('electronique', 'informatique', 'Informatique', 2, '{"en": {"name": "Computers"}, "ar": {"name": "الحواسيب"}}')
) as child (parent, slug, name, sort_order, translations)
inner join public.categories as parents on parents.slug = child.parent;

insert into public.categories (parent_id, slug, name, sort_order, translations)
select parents.id, child.slug, child.name, child.sort_order, child.translations::jsonb
from (
    values
        ('cuisine', 'tajines', 'Tajines et cocottes', 1, '{"en": {"name": "Tagines and pots"}, "ar": {"name": "طواجن"}}'),
        ('cuisine', 'the-et-cafe', 'Thé et café', 2, '{"en": {"name": "Tea and coffee"}, "ar": {"name": "شاي وقهوة"}}'),
        ('cuisine', 'vaisselle', 'Vaisselle', 3, '{"en": {"name": "Tableware"}, "ar": {"name": "أواني المائدة"}}'),
        ('decoration', 'tapis', 'Tapis', 1, '{"en": {"name": "Rugs"}, "ar": {"name": "زرابي"}}'),
        ('decoration', 'luminaires', 'Luminaires', 2, '{"en": {"name": "Lamps"}, "ar": {"name": "مصابيح"}}'),
        ('mode-femme', 'caftans', 'Caftans et djellabas femme', 1, '{"en": {"name": "Kaftans and djellabas"}, "ar": {"name": "قفاطين وجلابيات"}}'),
        ('mode-femme', 'babouches-femme', 'Babouches femme', 2, '{"en": {"name": "Women''s slippers"}, "ar": {"name": "بلاغي نسائية"}}'),
        ('mode-homme', 'djellabas-homme', 'Djellabas homme', 1, '{"en": {"name": "Men''s djellabas"}, "ar": {"name": "جلابيات رجالية"}}'),
        ('mode-homme', 'maroquinerie', 'Maroquinerie', 2, '{"en": {"name": "Leather goods"}, "ar": {"name": "مصنوعات جلدية"}}'),
        ('soins', 'huiles-de-soin', 'Huiles de soin', 1, '{"en": {"name": "Care oils"}, "ar": {"name": "زيوت العناية"}}'),
        ('soins', 'hammam', 'Hammam', 2, '{"en": {"name": "Hammam"}, "ar": {"name": "الحمام"}}'),
        ('sale', 'epices', 'Épices', 1, '{"en": {"name": "Spices"}, "ar": {"name": "توابل"}}'),
        ('sale', 'huiles-olive', 'Huiles d''olive', 2, '{"en": {"name": "Olive oils"}, "ar": {"name": "زيت الزيتون"}}'),
        ('sucre', 'miels', 'Miels', 1, '{"en": {"name": "Honeys"}, "ar": {"name": "عسل"}}'),
        ('sucre', 'dattes', 'Dattes et fruits secs', 2, '{"en": {"name": "Dates and dried fruit"}, "ar": {"name": "تمور وفواكه جافة"}}'),
        ('telephonie', 'smartphones', 'Smartphones', 1, '{"en": {"name": "Smartphones"}, "ar": {"name": "هواتف ذكية"}}'),
        ('telephonie', 'accessoires-telephone', 'Accessoires', 2, '{"en": {"name": "Accessories"}, "ar": {"name": "إكسسوارات"}}'),
        ('informatique', 'ordinateurs', 'Ordinateurs portables', 1, '{"en": {"name": "Laptops"}, "ar": {"name": "حواسيب محمولة"}}'),
        ('informatique', 'audio', 'Audio', 2, '{"en": {"name": "Audio"}, "ar": {"name": "الصوتيات"}}')
) as child (parent, slug, name, sort_order, translations)
inner join public.categories as parents on parents.slug = child.parent;

-- What the products of a category, and of the categories below it, may and must say of themselves.
insert into public.category_attributes (category_id, key, label, type, unit, required, allowed_values, filterable)
select categories.id, attribute.key, attribute.label, attribute.type, attribute.unit, attribute.required, attribute.allowed_values, true
from (
    values
        ('maison', 'matiere', 'Matière', 'text', null, false, null::text[]),
        ('maison', 'fait_main', 'Fait main', 'boolean', null, false, null),
        ('tajines', 'diametre', 'Diamètre', 'number', 'cm', true, null),
        ('tajines', 'feu', 'Compatible feu', 'enum', null, false, array['gaz', 'induction', 'braise']),
        ('tapis', 'longueur', 'Longueur', 'number', 'cm', true, null),
        ('tapis', 'largeur', 'Largeur', 'number', 'cm', true, null),
        ('tapis', 'origine', 'Origine', 'enum', null, true, array['Beni Ourain', 'Azilal', 'Boucherouite', 'Kilim']),
        ('mode', 'composition', 'Composition', 'text', null, false, null),
        ('beaute', 'contenance', 'Contenance', 'number', 'ml', false, null),
        ('beaute', 'bio', 'Certifié bio', 'boolean', null, false, null),
        ('epicerie', 'poids_net', 'Poids net', 'number', 'g', true, null),
        ('epicerie', 'terroir', 'Terroir', 'text', null, false, null),
        ('electronique', 'garantie', 'Garantie', 'number', 'mois', true, null),
        ('smartphones', 'ecran', 'Écran', 'number', 'pouces', true, null),
        ('smartphones', 'reseau', 'Réseau', 'enum', null, true, array['4G', '5G']),
        ('ordinateurs', 'memoire', 'Mémoire', 'number', 'Go', true, null),
        ('ordinateurs', 'ecran', 'Écran', 'number', 'pouces', true, null),
        ('audio', 'sans_fil', 'Sans fil', 'boolean', null, true, null)
) as attribute (category, key, label, type, unit, required, allowed_values)
inner join public.categories on categories.slug = attribute.category;

-- Products. Tax rates: 20 % as a rule, 10 % on food in bulk, 0 % on unprocessed fruit.
insert into public.products (category_id, sku, slug, name, brand, price, compare_at_price, tax_rate, weight, is_featured, short_description, specifications)
select
    categories.id, item.sku, item.slug, item.name, item.brand, item.price, item.compare_at_price, item.tax_rate, item.weight,
    item.is_featured, item.short_description, item.specifications::jsonb
from (
    values
        ('tajines', 'TAJ-001', 'tajine-safi-26', 'Tajine de Safi émaillé 26 cm', 'Poterie de Safi', 189.00, 229.00, 20.00, 2.40, true, 'Terre cuite émaillée à la main, pour quatre personnes.', '{"matiere": "terre cuite", "fait_main": true, "diametre": 26, "feu": "gaz"}'),
        ('tajines', 'TAJ-002', 'tajine-safi-32', 'Tajine de Safi émaillé 32 cm', 'Poterie de Safi', 249.00, null, 20.00, 3.60, false, 'Le grand format familial, pour six à huit personnes.', '{"matiere": "terre cuite", "fait_main": true, "diametre": 32, "feu": "gaz"}'),
        ('tajines', 'TAJ-003', 'tajine-fonte-28', 'Tajine en fonte 28 cm', 'Atlas Cuisine', 549.00, 640.00, 20.00, 5.20, false, 'Base en fonte, couvercle en céramique : du gaz à l''induction.', '{"matiere": "fonte", "fait_main": false, "diametre": 28, "feu": "induction"}'),
        ('tajines', 'TAJ-004', 'couscoussier-alu-8l', 'Couscoussier en aluminium 8 litres', 'Atlas Cuisine', 329.00, null, 20.00, 2.10, false, 'Marmite et passoire, avec couvercle.', '{"matiere": "aluminium", "diametre": 28, "feu": "gaz"}'),
        ('tajines', 'TAJ-005', 'tanjia-marrakchia', 'Tanjia marrakchia en terre', 'Poterie de Safi', 95.00, null, 20.00, 2.00, false, 'La jarre du plat de Marrakech, à cuire sous la braise.', '{"matiere": "terre cuite", "fait_main": true, "diametre": 20, "feu": "braise"}'),
        ('the-et-cafe', 'THE-001', 'theiere-maillechort-08', 'Théière en maillechort 0,8 l', 'Dinanderie de Fès', 279.00, null, 20.00, 0.70, true, 'Ciselée à Fès, filtre intégré.', '{"matiere": "maillechort", "fait_main": true}'),
        ('the-et-cafe', 'THE-002', 'theiere-maillechort-12', 'Théière en maillechort 1,2 l', 'Dinanderie de Fès', 349.00, 399.00, 20.00, 0.95, false, 'Pour dix verres de thé à la menthe.', '{"matiere": "maillechort", "fait_main": true}'),
        ('the-et-cafe', 'THE-003', 'verres-beldi-x6', 'Verres beldi recyclés, lot de 6', 'Verrerie Beldi', 129.00, null, 20.00, 1.20, false, 'Verre recyclé soufflé à la bouche.', '{"matiere": "verre recyclé", "fait_main": true}'),
        ('the-et-cafe', 'THE-004', 'plateau-laiton-40', 'Plateau rond en laiton 40 cm', 'Dinanderie de Fès', 459.00, null, 20.00, 1.80, false, 'Laiton gravé, pour le service du thé.', '{"matiere": "laiton", "fait_main": true}'),
        ('the-et-cafe', 'THE-005', 'cafetiere-italienne-6', 'Cafetière italienne 6 tasses', 'Atlas Cuisine', 149.00, null, 20.00, 0.60, false, 'Aluminium, pour gaz et vitrocéramique.', '{"matiere": "aluminium"}'),
        ('vaisselle', 'VAI-001', 'assiettes-fassies-x6', 'Assiettes bleues de Fès, lot de 6', 'Céramique de Fès', 390.00, 450.00, 20.00, 3.90, true, 'Peintes à la main au bleu de Fès.', '{"matiere": "céramique", "fait_main": true}'),
        ('vaisselle', 'VAI-002', 'bols-harira-x6', 'Bols à harira, lot de 6', 'Poterie de Safi', 210.00, null, 20.00, 2.40, false, 'Avec leurs cuillères en citronnier.', '{"matiere": "céramique", "fait_main": true}'),
        ('vaisselle', 'VAI-003', 'saladier-olivier', 'Saladier en bois d''olivier', 'Bois d''Essaouira', 320.00, null, 20.00, 1.50, false, 'Taillé dans une seule pièce.', '{"matiere": "bois d''olivier", "fait_main": true}'),
        ('vaisselle', 'VAI-004', 'boite-thuya', 'Boîte en loupe de thuya', 'Bois d''Essaouira', 180.00, null, 20.00, 0.45, false, 'Marqueterie d''Essaouira, parfum de thuya.', '{"matiere": "thuya", "fait_main": true}'),
        ('tapis', 'TAP-001', 'tapis-beni-ourain-200x300', 'Tapis Beni Ourain 200 × 300', 'Coopérative Taznakht', 6900.00, 7900.00, 20.00, 18.00, true, 'Laine vierge nouée, losanges noirs sur ivoire.', '{"matiere": "laine", "fait_main": true, "longueur": 300, "largeur": 200, "origine": "Beni Ourain"}'),
        ('tapis', 'TAP-002', 'tapis-azilal-150x240', 'Tapis Azilal 150 × 240', 'Coopérative Taznakht', 3900.00, null, 20.00, 11.00, false, 'Motifs libres, couleurs végétales.', '{"matiere": "laine", "fait_main": true, "longueur": 240, "largeur": 150, "origine": "Azilal"}'),
        ('tapis', 'TAP-003', 'boucherouite-120x200', 'Boucherouite 120 × 200', 'Coopérative Taznakht', 1450.00, null, 20.00, 6.50, false, 'Tissus recyclés, aucune pièce n''est pareille.', '{"matiere": "coton recyclé", "fait_main": true, "longueur": 200, "largeur": 120, "origine": "Boucherouite"}'),
        ('tapis', 'TAP-004', 'kilim-zemmour-170x260', 'Kilim Zemmour 170 × 260', 'Coopérative Taznakht', 2800.00, 3200.00, 20.00, 7.20, false, 'Tissage plat rouge et noir.', '{"matiere": "laine", "fait_main": true, "longueur": 260, "largeur": 170, "origine": "Kilim"}'),
        ('luminaires', 'LUM-001', 'suspension-laiton-ajoure', 'Suspension en laiton ajouré', 'Dinanderie de Fès', 890.00, null, 20.00, 2.20, true, 'Dessine des étoiles au plafond.', '{"matiere": "laiton", "fait_main": true}'),
        ('luminaires', 'LUM-002', 'lanterne-fer-forge', 'Lanterne en fer forgé', 'Ferronnerie de Marrakech', 340.00, null, 20.00, 2.90, false, 'Pour bougie, verre coloré.', '{"matiere": "fer forgé", "fait_main": true}'),
        ('luminaires', 'LUM-003', 'lampe-raphia', 'Lampe à poser en raphia', 'Vannerie de Salé', 420.00, 480.00, 20.00, 1.10, false, 'Lumière douce, tressage de Salé.', '{"matiere": "raphia", "fait_main": true}'),
        ('luminaires', 'LUM-004', 'applique-peau', 'Applique en peau au henné', 'Ferronnerie de Marrakech', 260.00, null, 20.00, 0.80, false, 'Peau de chèvre peinte au henné.', '{"matiere": "peau", "fait_main": true}'),
        ('caftans', 'CAF-001', 'caftan-brode-sfifa', 'Caftan brodé sfifa', 'Maison Zineb', 1890.00, 2200.00, 20.00, 1.20, true, 'Satin et sfifa cousue à la main.', '{"composition": "100 % satin de polyester"}'),
        ('caftans', 'CAF-002', 'djellaba-femme-lin', 'Djellaba femme en lin', 'Maison Zineb', 690.00, null, 20.00, 0.70, false, 'Coupe droite, capuche et passementerie.', '{"composition": "55 % lin, 45 % coton"}'),
        ('caftans', 'CAF-003', 'gandoura-coton', 'Gandoura d''été en coton', 'Maison Zineb', 320.00, null, 20.00, 0.40, false, 'Légère, pour la maison ou la plage.', '{"composition": "100 % coton"}'),
        ('babouches-femme', 'BAB-001', 'babouches-cuir-femme', 'Babouches en cuir femme', 'Cuirs Chouara', 240.00, null, 20.00, 0.40, true, 'Cuir souple des tanneries de Fès.', '{"composition": "cuir de chèvre"}'),
        ('babouches-femme', 'BAB-002', 'babouches-sequins', 'Babouches à sequins', 'Cuirs Chouara', 290.00, 330.00, 20.00, 0.40, false, 'Brodées, pour les soirées.', '{"composition": "cuir et sequins"}'),
        ('djellabas-homme', 'DJH-001', 'djellaba-homme-laine', 'Djellaba homme en laine d''Ouezzane', 'Tisserands d''Ouezzane', 950.00, null, 20.00, 1.60, true, 'Tissée main, chaude et légère.', '{"composition": "100 % laine"}'),
        ('djellabas-homme', 'DJH-002', 'jabador-homme', 'Jabador homme deux pièces', 'Maison Zineb', 780.00, 880.00, 20.00, 0.90, false, 'Tunique et pantalon assortis.', '{"composition": "65 % coton, 35 % viscose"}'),
        ('maroquinerie', 'MAR-001', 'sac-voyage-cuir', 'Sac de voyage en cuir', 'Cuirs Chouara', 1290.00, null, 20.00, 1.70, true, 'Cuir pleine fleur tanné végétal.', '{"composition": "cuir de vachette"}'),
        ('maroquinerie', 'MAR-002', 'pouf-cuir-naturel', 'Pouf en cuir naturel', 'Cuirs Chouara', 490.00, 560.00, 20.00, 1.30, false, 'Livré non garni.', '{"composition": "cuir de chèvre"}'),
        ('maroquinerie', 'MAR-003', 'ceinture-cuir', 'Ceinture en cuir tressé', 'Cuirs Chouara', 160.00, null, 20.00, 0.25, false, 'Tressée à la main, boucle en laiton.', '{"composition": "cuir de vachette"}'),
        ('maroquinerie', 'MAR-004', 'portefeuille-cuir', 'Portefeuille en cuir', 'Cuirs Chouara', 190.00, null, 20.00, 0.15, false, 'Six cartes, billets et monnaie.', '{"composition": "cuir de chèvre"}'),
        ('huiles-de-soin', 'HUI-001', 'huile-argan-100', 'Huile d''argan pure 100 ml', 'Coopérative Tighanimine', 145.00, null, 20.00, 0.20, true, 'Pressée à froid par une coopérative de femmes.', '{"contenance": 100, "bio": true}'),
        ('huiles-de-soin', 'HUI-002', 'huile-figue-barbarie-30', 'Huile de pépins de figue de Barbarie 30 ml', 'Coopérative Tighanimine', 320.00, 360.00, 20.00, 0.10, false, 'Une tonne de fruits pour un litre.', '{"contenance": 30, "bio": true}'),
        ('huiles-de-soin', 'HUI-003', 'huile-nigelle-60', 'Huile de nigelle 60 ml', 'Coopérative Tighanimine', 85.00, null, 20.00, 0.15, false, 'Pour les cheveux et la peau.', '{"contenance": 60, "bio": false}'),
        ('huiles-de-soin', 'HUI-004', 'eau-de-rose-200', 'Eau de rose de Kelâa 200 ml', 'Roseraie du Dadès', 60.00, null, 20.00, 0.25, true, 'Distillée à Kelâat M''Gouna.', '{"contenance": 200, "bio": true}'),
        ('hammam', 'HAM-001', 'savon-noir-eucalyptus', 'Savon noir à l''eucalyptus 200 ml', 'Hammam Beldi', 55.00, null, 20.00, 0.25, false, 'À base d''huile d''olive, pour le gommage.', '{"contenance": 200, "bio": true}'),
        ('hammam', 'HAM-002', 'gant-kessa', 'Gant kessa', 'Hammam Beldi', 30.00, null, 20.00, 0.05, false, 'Le gant du gommage traditionnel.', '{}'),
        ('hammam', 'HAM-003', 'ghassoul-500', 'Ghassoul en poudre 500 g', 'Hammam Beldi', 70.00, 80.00, 20.00, 0.50, false, 'Argile de l''Atlas, visage et cheveux.', '{"bio": true}'),
        ('hammam', 'HAM-004', 'coffret-hammam', 'Coffret hammam complet', 'Hammam Beldi', 210.00, null, 20.00, 1.10, true, 'Savon noir, kessa, ghassoul et eau de rose.', '{"bio": true}'),
        ('epices', 'EPI-001', 'safran-taliouine-1g', 'Safran de Taliouine 1 g', 'Maison du Safran', 65.00, null, 10.00, 0.02, true, 'Pistils entiers, récolte de l''année.', '{"poids_net": 1, "terroir": "Taliouine"}'),
        ('epices', 'EPI-002', 'ras-el-hanout-100', 'Ras el hanout 100 g', 'Épices Mellah', 45.00, null, 10.00, 0.12, true, 'Vingt-sept épices, moulues à la commande.', '{"poids_net": 100, "terroir": "Fès"}'),
        ('epices', 'EPI-003', 'cumin-alnif-100', 'Cumin d''Alnif 100 g', 'Épices Mellah', 38.00, null, 10.00, 0.12, false, 'Indication géographique protégée.', '{"poids_net": 100, "terroir": "Alnif"}'),
        ('epices', 'EPI-004', 'paprika-doux-100', 'Paprika doux 100 g', 'Épices Mellah', 25.00, null, 10.00, 0.12, false, 'Séché au soleil du Tadla.', '{"poids_net": 100, "terroir": "Tadla"}'),
        ('epices', 'EPI-005', 'gingembre-moulu-100', 'Gingembre moulu 100 g', 'Épices Mellah', 28.00, null, 10.00, 0.12, false, 'Parfum vif, pour tajines et thés.', '{"poids_net": 100}'),
        ('epices', 'EPI-006', 'citrons-confits-400', 'Citrons confits 400 g', 'Conserves du Souss', 36.00, null, 10.00, 0.65, false, 'Au sel, sans conservateur.', '{"poids_net": 400, "terroir": "Souss"}'),
        ('epices', 'EPI-007', 'harissa-200', 'Harissa au feu de bois 200 g', 'Conserves du Souss', 29.00, 34.00, 10.00, 0.35, false, 'Piments grillés, ail et huile d''olive.', '{"poids_net": 200}'),
        ('huiles-olive', 'OLI-001', 'huile-olive-ouezzane-1l', 'Huile d''olive d''Ouezzane 1 l', 'Moulin d''Ouezzane', 95.00, null, 10.00, 1.10, true, 'Extra vierge, première pression à froid.', '{"poids_net": 920, "terroir": "Ouezzane"}'),
        ('huiles-olive', 'OLI-002', 'huile-olive-meknes-5l', 'Huile d''olive de Meknès 5 l', 'Moulin d''Ouezzane', 420.00, 460.00, 10.00, 5.00, false, 'Le bidon de la famille.', '{"poids_net": 4600, "terroir": "Meknès"}'),
        ('huiles-olive', 'OLI-003', 'huile-argan-alimentaire-250', 'Huile d''argan alimentaire 250 ml', 'Coopérative Tighanimine', 160.00, null, 10.00, 0.45, false, 'Amandons torréfiés, goût de noisette.', '{"poids_net": 230, "terroir": "Souss"}'),
        ('huiles-olive', 'OLI-004', 'olives-beldi-500', 'Olives noires beldi 500 g', 'Conserves du Souss', 32.00, null, 10.00, 0.60, false, 'Séchées au sel.', '{"poids_net": 500, "terroir": "Meknès"}'),
        ('miels', 'MIE-001', 'miel-thym-500', 'Miel de thym 500 g', 'Ruchers du Moyen Atlas', 190.00, null, 10.00, 0.70, true, 'Récolté au-dessus d''Azilal.', '{"poids_net": 500, "terroir": "Azilal"}'),
        ('miels', 'MIE-002', 'miel-oranger-500', 'Miel d''oranger 500 g', 'Ruchers du Moyen Atlas', 120.00, null, 10.00, 0.70, false, 'Doux et fleuri, des vergers du Gharb.', '{"poids_net": 500, "terroir": "Gharb"}'),
        ('miels', 'MIE-003', 'miel-euphorbe-250', 'Miel d''euphorbe 250 g', 'Ruchers du Moyen Atlas', 150.00, 175.00, 10.00, 0.40, false, 'Piquant, de Tadla-Azilal.', '{"poids_net": 250, "terroir": "Tadla-Azilal"}'),
        ('miels', 'MIE-004', 'amlou-amandes-350', 'Amlou aux amandes 350 g', 'Coopérative Tighanimine', 110.00, null, 10.00, 0.50, true, 'Amandes, huile d''argan et miel.', '{"poids_net": 350, "terroir": "Souss"}'),
        ('dattes', 'DAT-001', 'dattes-mejhoul-1kg', 'Dattes Mejhoul 1 kg', 'Oasis du Tafilalet', 140.00, null, 0.00, 1.00, true, 'Moelleuses, calibre jumbo.', '{"poids_net": 1000, "terroir": "Tafilalet"}'),
        ('dattes', 'DAT-002', 'dattes-boufeggous-1kg', 'Dattes Boufeggous 1 kg', 'Oasis du Tafilalet', 70.00, null, 0.00, 1.00, false, 'Fermes et parfumées.', '{"poids_net": 1000, "terroir": "Tafilalet"}'),
        ('dattes', 'DAT-003', 'amandes-tafraout-500', 'Amandes de Tafraout 500 g', 'Oasis du Tafilalet', 75.00, 85.00, 0.00, 0.50, false, 'Non grillées, non salées.', '{"poids_net": 500, "terroir": "Tafraout"}'),
        ('dattes', 'DAT-004', 'noix-azilal-500', 'Cerneaux de noix 500 g', 'Oasis du Tafilalet', 90.00, null, 0.00, 0.50, false, 'De la vallée des Aït Bougmez.', '{"poids_net": 500, "terroir": "Azilal"}'),
        ('smartphones', 'SMA-001', 'smartphone-sahara-x5', 'Smartphone Sahara X5', 'Sahara Mobile', 2490.00, 2790.00, 20.00, 0.19, true, 'Écran 6,5 pouces et batterie de deux jours.', '{"garantie": 12, "ecran": 6.5, "reseau": "5G"}'),
        ('smartphones', 'SMA-002', 'smartphone-sahara-lite', 'Smartphone Sahara Lite', 'Sahara Mobile', 1290.00, null, 20.00, 0.18, false, 'L''essentiel, bien fait.', '{"garantie": 12, "ecran": 6.1, "reseau": "4G"}'),
        ('accessoires-telephone', 'ACC-001', 'chargeur-usb-c-30w', 'Chargeur USB-C 30 W', 'Volta', 149.00, null, 20.00, 0.10, false, 'Charge rapide, deux ports.', '{"garantie": 12}'),
        ('accessoires-telephone', 'ACC-002', 'batterie-externe-10000', 'Batterie externe 10 000 mAh', 'Volta', 229.00, 259.00, 20.00, 0.22, true, 'Deux téléphones à la fois.', '{"garantie": 12}'),
        ('accessoires-telephone', 'ACC-003', 'cable-usb-c-2m', 'Câble USB-C 2 m', 'Volta', 69.00, null, 20.00, 0.06, false, 'Tressé, 60 W.', '{"garantie": 24}'),
        ('accessoires-telephone', 'ACC-004', 'support-voiture', 'Support de voiture aimanté', 'Volta', 99.00, null, 20.00, 0.09, false, 'Se clipse sur l''aération.', '{"garantie": 6}'),
        ('ordinateurs', 'ORD-001', 'portable-rif-14', 'Ordinateur portable Rif 14', 'Rif Informatique', 6490.00, 6990.00, 20.00, 1.40, true, '14 pouces, 16 Go, toute une journée sans prise.', '{"garantie": 24, "memoire": 16, "ecran": 14}'),
        ('ordinateurs', 'ORD-002', 'portable-rif-15', 'Ordinateur portable Rif 15', 'Rif Informatique', 5290.00, null, 20.00, 1.80, false, '15,6 pouces, 8 Go, pour le bureau.', '{"garantie": 24, "memoire": 8, "ecran": 15.6}'),
        ('audio', 'AUD-001', 'enceinte-gnawa', 'Enceinte nomade Gnawa', 'Gnawa Audio', 590.00, 690.00, 20.00, 0.80, true, 'Étanche, douze heures de musique.', '{"garantie": 24, "sans_fil": true}'),
        ('audio', 'AUD-002', 'ecouteurs-gnawa-air', 'Écouteurs Gnawa Air', 'Gnawa Audio', 349.00, null, 20.00, 0.06, false, 'Réduction de bruit, boîtier de charge.', '{"garantie": 12, "sans_fil": true}'),
        ('audio', 'AUD-003', 'casque-studio', 'Casque de studio', 'Gnawa Audio', 450.00, null, 20.00, 0.30, false, 'Fermé, câble détachable.', '{"garantie": 24, "sans_fil": false}')
) as item (category, sku, slug, name, brand, price, compare_at_price, tax_rate, weight, is_featured, short_description, specifications)
inner join public.categories on categories.slug = item.category;

-- Variants: a product that has them is bought as one of them.
insert into public.products (parent_id, sku, slug, name, price, tax_rate, weight, options, specifications)
select
    parents.id,
    parents.sku || '-' || variant.code,
    parents.slug || '-' || lower(variant.code),
    parents.name || ' – ' || variant.label,
    parents.price + variant.surcharge,
    parents.tax_rate,
    parents.weight,
    variant.options::jsonb,
    parents.specifications
from (
    values
        ('BAB-001', '37', '37', 0, '{"pointure": "37"}'),
        ('BAB-001', '38', '38', 0, '{"pointure": "38"}'),
        ('BAB-001', '39', '39', 0, '{"pointure": "39"}'),
        ('BAB-001', '40', '40', 0, '{"pointure": "40"}'),
        ('CAF-001', 'S-BLEU', 'bleu, S', 0, '{"couleur": "bleu", "taille": "S"}'),
        ('CAF-001', 'M-BLEU', 'bleu, M', 0, '{"couleur": "bleu", "taille": "M"}'),
        ('CAF-001', 'S-VERT', 'vert, S', 0, '{"couleur": "vert", "taille": "S"}'),
        ('CAF-001', 'M-VERT', 'vert, M', 100, '{"couleur": "vert", "taille": "M"}'),
        ('DJH-001', 'M', 'M', 0, '{"taille": "M"}'),
        ('DJH-001', 'L', 'L', 0, '{"taille": "L"}'),
        ('DJH-001', 'XL', 'XL', 50, '{"taille": "XL"}'),
        ('SMA-001', '128-NOIR', '128 Go, noir', 0, '{"couleur": "noir", "stockage": "128 Go"}'),
        ('SMA-001', '256-NOIR', '256 Go, noir', 300, '{"couleur": "noir", "stockage": "256 Go"}'),
        ('SMA-001', '256-SABLE', '256 Go, sable', 300, '{"couleur": "sable", "stockage": "256 Go"}')
) as variant (parent, code, label, surcharge, options)
inner join public.products as parents on parents.sku = variant.parent;

-- A first delivery for everything that is sold, with a few shelves low or empty to look at.
select private.adjust_stock(
    products.id,
    case
        when products.sku in ('TAP-001', 'ORD-001', 'AUD-003') then 3
        else 10 + abs(hashtext(products.sku)) % 90
    end,
    'Premier arrivage'
)
from public.products
where products.sku <> 'LUM-004'
    and not exists (select from public.products as variants where variants.parent_id = products.id);

insert into public.product_costs (product_id, cost_price)
select products.id, round(products.price * 0.6, 2)
from public.products;

-- Other languages for some; the rest falls back to French.
update public.products
set translations = text.translations::jsonb
from (
    values
        ('TAJ-001', '{"en": {"name": "Glazed Safi tagine 26 cm", "short_description": "Hand-glazed earthenware, serves four."}, "ar": {"name": "طاجين آسفي مطلي 26 سم", "short_description": "فخار مطلي يدويا لأربعة أشخاص."}}'),
        ('THE-001', '{"en": {"name": "Nickel silver teapot 0.8 l", "short_description": "Engraved in Fez, built-in strainer."}, "ar": {"name": "براد شاي 0.8 لتر", "short_description": "منقوش بفاس مع مصفاة."}}'),
        ('TAP-001', '{"en": {"name": "Beni Ourain rug 200 × 300"}, "ar": {"name": "زربية بني وراين 200 × 300"}}'),
        ('HUI-001', '{"en": {"name": "Pure argan oil 100 ml"}, "ar": {"name": "زيت أركان خالص 100 مل"}}'),
        ('EPI-001', '{"en": {"name": "Taliouine saffron 1 g"}, "ar": {"name": "زعفران تالوين 1 غ"}}'),
        ('EPI-002', '{"en": {"name": "Ras el hanout 100 g"}, "ar": {"name": "رأس الحانوت 100 غ"}}'),
        ('DAT-001', '{"en": {"name": "Medjool dates 1 kg"}, "ar": {"name": "تمر المجهول 1 كغ"}}'),
        ('MIE-001', '{"en": {"name": "Thyme honey 500 g"}, "ar": {"name": "عسل الزعتر 500 غ"}}'),
        ('SMA-001', '{"en": {"name": "Sahara X5 smartphone"}, "ar": {"name": "هاتف صحارى X5"}}'),
        ('ORD-001', '{"en": {"name": "Rif 14 laptop"}, "ar": {"name": "حاسوب محمول ريف 14"}}')
) as text (sku, translations)
where products.sku = text.sku;

-- Shipping in Morocco and beyond; prices in dirhams.
insert into public.shipping_methods (name, description, price, free_from, estimated_days_min, estimated_days_max, zones, sort_order)
values
    ('Coursier Casablanca', 'Livraison le jour même si commandé avant midi.', 25.00, 400.00, 0, 1, '{MA:Casablanca,MA:Mohammedia}', 1),
    ('Coursier Rabat-Salé', 'Livraison le lendemain.', 30.00, 500.00, 1, 1, '{MA:Rabat,MA:Salé,MA:Témara}', 2),
    ('Standard Maroc', 'Partout au Maroc, remise en main propre.', 39.00, 600.00, 2, 4, '{MA}', 3),
    ('Sahara', 'Laâyoune, Dakhla et leurs régions.', 65.00, null, 4, 7, '{MA:Laâyoune,MA:Dakhla}', 4),
    ('Europe', 'Suivi international.', 250.00, 3000.00, 5, 10, '{FR,ES,BE,NL,DE,IT}', 5);

-- One coupon of each type, and some that answer why not.
insert into public.coupons (code, description, discount_type, discount_value, min_order_amount, max_discount_amount, usage_limit, usage_limit_per_user, starts_at, expires_at)
values
    ('BIENVENUE10', '10 % sur la première commande, 200 dirhams au plus.', 'percentage', 10, null, 200, null, 1, null, null),
    ('RAMADAN50', '50 dirhams de remise dès 300 dirhams.', 'fixed', 50, 300, null, 1000, null, null, null),
    ('LIVRAISON', 'Livraison offerte.', 'free_shipping', 0, 150, null, null, 3, null, null),
    ('DERNIER', 'Pour un seul client.', 'percentage', 25, null, null, 1, null, null, null),
    ('BIENTOT', 'Pas encore commencé.', 'percentage', 15, null, null, null, null, now() + interval '30 days', now() + interval '60 days'),
    ('PASSE', 'Déjà fini.', 'fixed', 20, null, null, null, null, now() - interval '60 days', now() - interval '30 days');
