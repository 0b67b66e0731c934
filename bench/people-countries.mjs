/**
 * Thirty countries for the people of bench/people.mjs, written by hand from public knowledge: numbering plans (calling code, prefix dialled at
 * home, groups), postcodes as they are written, names of places and people. Nothing here comes from the libraries that are compared.
 *
 * phones: `#` is a digit, `[67]` one of these; groups without the prefix. postcodes: `#` a digit, `@` a letter, as written at home.
 * order: how a birthday is written. first: women before the bar, men after it.
 */
const words = (text) => text.split(', ');
const names = (text) => {
  const [women, men] = text.split(' | ');
  return { f: words(women), m: words(men) };
};

const country = ([code, alpha3, calling, trunk, english, others, order], rest) => ({
  code,
  alpha3,
  calling,
  trunk,
  names: { english, others: words(others) },
  order,
  states: undefined,
  ...rest,
  first: names(rest.first),
  last: words(rest.last),
  cities: words(rest.cities),
  female: words(rest.female ?? 'Female, female, F, f'),
  male: words(rest.male ?? 'Male, male, M, m'),
});

// biome-ignore format: a table
const US_STATES = {
  CA: 'California', NY: 'New York', TX: 'Texas', FL: 'Florida', WA: 'Washington', NC: 'North Carolina', NJ: 'New Jersey',
  IL: 'Illinois', MA: 'Massachusetts', DC: 'District of Columbia', WV: 'West Virginia', KS: 'Kansas', AR: 'Arkansas', NH: 'New Hampshire',
};

// biome-ignore format: a table
export const COUNTRIES = [
  country(['us', 'USA', '1', '', 'United States', 'USA, U.S.A., United States of America, Estados Unidos', 'mdy'], {
    phones: ['415 [2-9]## ####', '212 [2-9]## ####', '650 [2-9]## ####', '713 [2-9]## ####', '312 [2-9]## ####'],
    postcodes: ['#####', '#####-####', '0[1-8]###'], states: US_STATES,
    first: 'Mary, Jennifer, Mary-Jane, D’Andra, Zoë, Emily | James, Robert, John Paul, DeShawn, José, Michael',
    last: 'Smith, Johnson, O’Brien, García, Williams-Jones, McDonald, St. John, Nguyen, D’Angelo, Lee',
    cities: 'New York, Los Angeles, St. Louis, Winston-Salem, Cañon City, Coeur d’Alene, Houston, Boston',
  }),
  country(['ca', 'CAN', '1', '', 'Canada', 'Kanada, Canadá', 'ymd'], {
    phones: ['416 [2-9]## ####', '514 [2-9]## ####', '604 [2-9]## ####'], postcodes: ['K#@ #@#', 'H#@ #@#', 'V#@ #@#'],
    states: { ON: 'Ontario', QC: 'Québec', BC: 'British Columbia', AB: 'Alberta', NS: 'Nova Scotia' },
    first: 'Chloé, Olivia, Marie-Ève, Sophie | Liam, François, Jean-Luc, Noah',
    last: 'Tremblay, Gagnon, Bélanger, MacLeod, Roy, O’Neill, Côté, Singh',
    cities: 'Toronto, Montréal, Trois-Rivières, St. John’s, Vancouver, Québec',
  }),
  country(['mx', 'MEX', '52', '', 'Mexico', 'México, Mexique, Mexiko', 'dmy'], {
    phones: ['55 #### ####', '33 #### ####', '81 #### ####'], postcodes: ['0####', '#####'],
    states: { JAL: 'Jalisco', NLE: 'Nuevo León', CMX: 'Ciudad de México', YUC: 'Yucatán' },
    first: 'María José, Guadalupe, Sofía, Ximena | José, Luis Ángel, Jesús, Iñaki',
    last: 'Hernández, García López, Núñez, Peña, Martínez, Ibáñez',
    cities: 'Ciudad de México, Guadalajara, Mérida, León, San Luis Potosí', female: 'Femenino, Mujer, F, femenino', male: 'Masculino, Hombre, M, masculino',
  }),
  country(['br', 'BRA', '55', '0', 'Brazil', 'Brasil, Brasilien, Brésil', 'dmy'], {
    phones: ['11 9#### ####', '21 9#### ####', '11 3### ####', '61 3### ####'], postcodes: ['#####-###', '0####-###'],
    states: { SP: 'São Paulo', RJ: 'Rio de Janeiro', MG: 'Minas Gerais', PR: 'Paraná' },
    first: 'Ana Clara, Conceição, Luísa, Fernanda | João, Luís, Antônio, Tiago',
    last: 'Gonçalves, da Silva, Araújo, dos Santos, Sant’Anna, Oliveira',
    cities: 'São Paulo, Rio de Janeiro, Belém, Brasília, Florianópolis', female: 'Feminino, F, Mulher', male: 'Masculino, M, Homem',
  }),
  country(['ar', 'ARG', '54', '0', 'Argentina', 'Argentine, Argentinien, República Argentina', 'dmy'], {
    phones: ['11 4### ####', '351 4## ####', '341 4## ####'], postcodes: ['####', 'C####@@@'],
    first: 'Sofía, Martina, Ángeles, Belén | Diego, Tomás, Ramón, Facundo',
    last: 'Gutiérrez, Fernández, Ibarra, de la Fuente, Muñoz, Álvarez',
    cities: 'Buenos Aires, Córdoba, Rosario, Mar del Plata', female: 'Femenino, F, Mujer', male: 'Masculino, M, Varón',
  }),
  country(['gb', 'GBR', '44', '0', 'United Kingdom', 'UK, U.K., Great Britain, Royaume-Uni, England, Vereinigtes Königreich', 'dmy'], {
    phones: ['7[45789]## ######', '20 7### ####', '161 ### ####'], postcodes: ['M# #@@', 'SW#@ #@@', 'EH## #@@', 'B## #@@'],
    first: 'Poppy, Siân, Charlotte, Anne-Marie | Oliver, Rhys, George, Seán',
    last: 'O’Brien, Smith, Taylor-Clarke, Jones, McKenzie, D’Arcy, Fitzgerald, Patel',
    cities: 'London, Stoke-on-Trent, Edinburgh, King’s Lynn, Manchester',
  }),
  country(['ie', 'IRL', '353', '0', 'Ireland', 'Éire, Irlande, Republic of Ireland', 'dmy'], {
    phones: ['8[3567] ### ####', '1 ### ####'], postcodes: ['D## @#@#', 'T## @@##'],
    first: 'Aoife, Niamh, Sinéad, Órla | Seán, Pádraig, Conor, Éamon',
    last: 'O’Connor, Ó Súilleabháin, Murphy, Byrne, O’Reilly, Mac Giolla',
    cities: 'Dublin, Dún Laoghaire, Cork, Galway',
  }),
  country(['fr', 'FRA', '33', '0', 'France', 'Frankreich, Francia, République française', 'dmy'], {
    phones: ['6 ## ## ## ##', '7 [5-8]# ## ## ##', '1 4# ## ## ##', '4 7# ## ## ##'], postcodes: ['75###', '69###', '0####', '33###'],
    first: 'Chloé, Anne-Sophie, Zoë, Léa | François, Jean-Pierre, Noël, Hugo',
    last: 'Lefèvre, Dubois, d’Estaing, Bernard, de La Tour, Müller, Garçon, N’Diaye',
    cities: 'Paris, Saint-Étienne, L’Haÿ-les-Roses, Lyon, Orléans', female: 'Femme, F, Mme, féminin, Féminin', male: 'Homme, M, masculin, Masculin',
  }),
  country(['de', 'DEU', '49', '0', 'Germany', 'Deutschland, Allemagne, Alemania, BRD', 'dmy'], {
    phones: ['151# #######', '17[0-9] #######', '30 ########', '711 #######', '89 ########'], postcodes: ['1####', '8####', '0####', 'D-#####'],
    first: 'Jörgine, Anna-Lena, Sabine, Gisela | Jürgen, Karl-Heinz, Björn, Lukas',
    last: 'Müller, Groß, Schmidt-Rottluff, von der Leyen, Köhler, Weiß, Schäfer, Özdemir',
    cities: 'Berlin, München, Frankfurt am Main, Köln, Baden-Baden', female: 'weiblich, w, Frau, W, Weiblich', male: 'männlich, m, Herr, M, Männlich',
  }),
  country(['at', 'AUT', '43', '0', 'Austria', 'Österreich, Autriche, Oesterreich', 'dmy'], {
    phones: ['664 #######', '676 #######', '1 #######'], postcodes: ['1##0', '4##0', 'A-####'],
    first: 'Käthe, Astrid, Eva-Maria | Günther, Franz, Jörg',
    last: 'Gruber, Höfler, Wöß, Huber, Bäcker', cities: 'Wien, St. Pölten, Graz, Wr. Neustadt', female: 'weiblich, Frau, w', male: 'männlich, Herr, m',
  }),
  country(['ch', 'CHE', '41', '0', 'Switzerland', 'Schweiz, Suisse, Svizzera', 'dmy'], {
    phones: ['7[6-9] ### ## ##', '44 ### ## ##', '22 ### ## ##'], postcodes: ['8###', '1###', 'CH-####'],
    first: 'Zoé, Ursina, Anne-Käthi | Luca, Jörg, Jean-Marc',
    last: 'Müller, Zürcher, Favre, Bünzli, de Weck', cities: 'Zürich, Genève, La Chaux-de-Fonds, St. Gallen', female: 'weiblich, Frau, F', male: 'männlich, Herr, M',
  }),
  country(['nl', 'NLD', '31', '0', 'Netherlands', 'Nederland, The Netherlands, Pays-Bas, Holland', 'dmy'], {
    phones: ['6 ########', '20 ### ####', '10 ### ####'], postcodes: ['#### @@', '1### @@'],
    first: 'Noëlle, Sanne, Anne-Fleur | Daan, Jan-Willem, Björn',
    last: 'van der Berg, de Vries, ’t Hooft, Jansen, IJzerman, van ’t Hof', cities: 'Amsterdam, ’s-Hertogenbosch, Den Haag, Utrecht', female: 'vrouw, V, mevrouw, Vrouw', male: 'man, M, Man',
  }),
  country(['be', 'BEL', '32', '0', 'Belgium', 'België, Belgique, Belgien', 'dmy'], {
    phones: ['4[7-9]# ## ## ##', '2 ### ## ##'], postcodes: ['1###', '9###'],
    first: 'Elise, Amélie, An-Sofie | Daan, Loïc, Jean-Claude',
    last: 'Peeters, D’Hondt, Van den Broeck, Lefèbvre, Maes', cities: 'Brussel, Liège, Louvain-la-Neuve, Antwerpen', female: 'vrouw, Femme, F', male: 'man, Homme, M',
  }),
  country(['es', 'ESP', '34', '', 'Spain', 'España, Espagne, Spanien', 'dmy'], {
    phones: ['6## ### ###', '91 ### ## ##', '93 ### ## ##'], postcodes: ['28###', '08###', '0####'],
    first: 'María, Begoña, Inés, Ana Belén | José María, Íñigo, Ángel, Joaquín',
    last: 'Muñoz, García, Núñez de Balboa, Ibáñez, López-Ibor, Peña', cities: 'Madrid, Cádiz, L’Hospitalet de Llobregat, A Coruña', female: 'Mujer, F, femenino', male: 'Hombre, M, masculino',
  }),
  country(['pt', 'PRT', '351', '', 'Portugal', 'Portugália, República Portuguesa', 'dmy'], {
    phones: ['9[1236]# ### ###', '21 ### ####'], postcodes: ['####-###', '1###-###'],
    first: 'Inês, Madalena, Conceição | João, Luís, Simão',
    last: 'Fernandes, Sampaio, Conceição, d’Almeida, Simões', cities: 'Lisboa, Évora, Vila Nova de Gaia', female: 'Feminino, F', male: 'Masculino, M',
  }),
  country(['it', 'ITA', '39', '', 'Italy', 'Italia, Italie, Italien', 'dmy'], {
    phones: ['3[234]# ### ####', '06 #### ####', '02 #### ####'], postcodes: ['00###', '20###', 'I-#####'],
    states: { RM: 'Roma', MI: 'Milano', NA: 'Napoli' },
    first: 'Niccolà, Maria Grazia, Giulia | Niccolò, Giuseppe, Gian Luca',
    last: 'D’Angelo, Rossi, De Luca, Nicolò, Dell’Acqua', cities: 'Roma, L’Aquila, Forlì, Reggio nell’Emilia', female: 'Femmina, F, donna', male: 'Maschio, M, uomo',
  }),
  country(['se', 'SWE', '46', '0', 'Sweden', 'Sverige, Suède, Schweden', 'ymd'], {
    phones: ['7[0236] ### ## ##', '8 ### ### ##'], postcodes: ['### ##', '1## ##'],
    first: 'Åsa, Anna-Karin, Linnéa | Björn, Lars-Erik, Göran',
    last: 'Johansson, Åkesson, Sjöström, af Klint', cities: 'Stockholm, Göteborg, Malmö, Örebro', female: 'kvinna, K, Kvinna', male: 'man, M, Man',
  }),
  country(['no', 'NOR', '47', '', 'Norway', 'Norge, Norvège, Norwegen', 'dmy'], {
    phones: ['4## ## ###', '9## ## ###', '22 ## ## ##'], postcodes: ['0###', '5###'],
    first: 'Åse, Ingrid, Anne-Grete | Bjørn, Ole-Jørgen, Håkon',
    last: 'Hansen, Ødegård, Sæther, Bjørnson', cities: 'Oslo, Tromsø, Ålesund', female: 'kvinne, K', male: 'mann, M',
  }),
  country(['dk', 'DNK', '45', '', 'Denmark', 'Danmark, Danemark, Dänemark', 'dmy'], {
    phones: ['2# ## ## ##', '3# ## ## ##', '5# ## ## ##'], postcodes: ['####', 'DK-####'],
    first: 'Søs, Kirsten, Ann-Sofie | Søren, Jørgen, Lars',
    last: 'Nielsen, Kjær, Østergaard, Sørensen', cities: 'København, Århus, Helsingør', female: 'kvinde, K', male: 'mand, M',
  }),
  country(['fi', 'FIN', '358', '0', 'Finland', 'Suomi, Finlande, Finnland', 'dmy'], {
    phones: ['40 ### ####', '50 ### ####', '9 #### ####'], postcodes: ['00###', '33###', 'FI-#####'],
    first: 'Päivi, Anna-Liisa, Terhi | Jyrki, Väinö, Juha-Pekka',
    last: 'Hämäläinen, Mäkinen, Virtanen, Yli-Äyhö', cities: 'Helsinki, Jyväskylä, Espoo', female: 'nainen, Nainen', male: 'mies, Mies',
  }),
  country(['pl', 'POL', '48', '', 'Poland', 'Polska, Pologne, Polen', 'dmy'], {
    phones: ['5## ### ###', '6## ### ###', '22 ### ## ##'], postcodes: ['##-###', '0#-###'],
    first: 'Małgorzata, Łucja, Agnieszka | Stanisław, Łukasz, Jędrzej',
    last: 'Wójcik, Żółkiewska-Nowak, Kowalska, Dąbrowski', cities: 'Warszawa, Łódź, Bielsko-Biała, Gdańsk', female: 'kobieta, K, Kobieta', male: 'mężczyzna, M',
  }),
  country(['cz', 'CZE', '420', '', 'Czech Republic', 'Česko, Czechia, Tschechien, Česká republika', 'dmy'], {
    phones: ['60# ### ###', '77# ### ###', '2## ### ###'], postcodes: ['1## 00', '### ##'],
    first: 'Šárka, Anežka, Zdeňka | František, Jiří, Ondřej',
    last: 'Wichterlová, Holý, Dvořák, Šťastný', cities: 'Praha, České Budějovice, Plzeň', female: 'žena, Žena', male: 'muž, Muž',
  }),
  country(['hu', 'HUN', '36', '06', 'Hungary', 'Magyarország, Hongrie, Ungarn', 'ymd'], {
    phones: ['20 ### ####', '30 ### ####', '1 ### ####'], postcodes: ['1###', '9###', 'H-####'],
    first: 'Zsófia, Erzsébet, Ágnes | László, György, Ádám',
    last: 'Kovács, Nagy-Szabó, Tóth, Őze', cities: 'Budapest, Győr, Székesfehérvár', female: 'nő, Nő', male: 'férfi, Férfi',
  }),
  country(['gr', 'GRC', '30', '', 'Greece', 'Ελλάδα, Grèce, Griechenland, Ellada', 'dmy'], {
    phones: ['69# ### ####', '21# ### ####'], postcodes: ['### ##', '1## ##'],
    first: 'Ελένη, Maria, Κατερίνα | Γιώργος, Nikos, Δημήτρης',
    last: 'Παπαδοπούλου, Georgiou, Οικονόμου, Nikolaidis', cities: 'Αθήνα, Thessaloniki, Πάτρα', female: 'γυναίκα, F', male: 'άνδρας, M',
  }),
  country(['tr', 'TUR', '90', '0', 'Turkey', 'Türkiye, Turquie, Türkei', 'dmy'], {
    phones: ['53# ### ## ##', '50# ### ## ##', '212 ### ## ##'], postcodes: ['34###', '06###'],
    first: 'Ayşe, Gül, Özge, Zeynep | Mehmet, Çağrı, Ömer, Umut',
    last: 'Yılmaz, Öztürk, Çelik, Şahan', cities: 'Ankara, Bursa, Muğla, Çorum', female: 'kadın, Kadın, K', male: 'erkek, Erkek, E',
  }),
  country(['in', 'IND', '91', '0', 'India', 'Bhārat, Inde, Indien', 'dmy'], {
    phones: ['98### #####', '7#### #####', '11 #### ####', '80 #### ####'], postcodes: ['11####', '56####', '### ###'],
    states: { MH: 'Maharashtra', KA: 'Karnataka', TN: 'Tamil Nadu', DL: 'Delhi' },
    first: 'Priya, Ananya, Puja | Manoj, Sai Kumar, Rahul',
    last: 'Srivastava, Pareek, Krishna Rao, D’Souza, Sharma', cities: 'New Delhi, Bangalore, Navi Mumbai, Chennai',
  }),
  country(['jp', 'JPN', '81', '0', 'Japan', '日本, Japon, Nippon', 'ymd'], {
    phones: ['90 #### ####', '80 #### ####', '3 #### ####'], postcodes: ['1##-00##', '5##-00##'],
    first: '花子, Yuki, 美咲, Haruka | 太郎, Kenji, 健一, Hiroshi',
    last: '山田, Tanaka, 佐藤, Suzuki, 高橋', cities: '東京, Ōsaka, Kyoto, 横浜', female: '女性, 女, F', male: '男性, 男, M',
  }),
  country(['kr', 'KOR', '82', '0', 'South Korea', '대한민국, Republic of Korea, Corée du Sud, Korea', 'ymd'], {
    phones: ['10 #### ####', '2 #### ####'], postcodes: ['0####', '4####'],
    first: '지민, Seo-yeon, 수진 | 민준, Ji-hoon, 정',
    last: '김, Park, 이, Choi', cities: '서울, Busan, 인천', female: '여성, 여, F', male: '남성, 남, M',
  }),
  country(['au', 'AUS', '61', '0', 'Australia', 'Australie, Australien, Commonwealth of Australia', 'dmy'], {
    phones: ['4## ### ###', '2 #### ####', '3 #### ####'], postcodes: ['2###', '08##', '3###'],
    states: { NSW: 'New South Wales', VIC: 'Victoria', WA: 'Western Australia', NT: 'Northern Territory', SA: 'South Australia' },
    first: 'Olivia, Zoë, Matilda, Mary-Anne | Jack, Brent, Noah, D’Arcy',
    last: 'Taylor, O’Sullivan, Nguyen, Smith-Jones, St. Clair', cities: 'Sydney, Coffs Harbour, Melbourne, Alice Springs',
  }),
  country(['za', 'ZAF', '27', '0', 'South Africa', 'Suid-Afrika, RSA, Südafrika', 'ymd'], {
    phones: ['82 ### ####', '72 ### ####', '11 ### ####'], postcodes: ['2###', '8###', '00[1-8]#'],
    first: 'Thandi, Anneliese, Zoë | Sipho, Jan-Hendrik, Pieter',
    last: 'van der Merwe, Nkosi, Dlamini, Du Plessis, Naudé', cities: 'Cape Town, Johannesburg, Pietermaritzburg',
  }),
];
