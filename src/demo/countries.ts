/**
 * The countries of the demo shop: what a customer there is called, where they live, how they write a telephone number.
 * Invented people only. Telephone numbers are of the ranges that a regulator keeps for fiction where a country has one that counts as
 * valid (US, CA, GB, AU, FR, DE, SE); elsewhere they are the neighbours of libphonenumber's example number.
 */

export type Country = {
  /** ISO 3166-1 alpha-2, and the ISO 4217 currency people pay in. */
  readonly code: string;
  readonly currency: string;
  /** What one euro is worth, roughly, and how many decimals the currency has. */
  readonly rate: number;
  readonly decimals: 0 | 2;
  /** Given names; `東=azuma` tells the Latin form people put in an e-mail address where it cannot be derived. */
  readonly women: readonly string[];
  readonly men: readonly string[];
  /** Family names; `Novák/Nováková` where women have their own form. */
  readonly families: readonly string[];
  /** City, state (may be empty) and postcode pattern (may be empty; `#` a digit, `@` a letter). */
  readonly cities: readonly (readonly [city: string, state: string, postcode: string])[];
  /** Calling code, national prefix, groups of the national number (`#` a digit), and whether `00` dials abroad from there. */
  readonly phone: { readonly cc: string; readonly trunk: string; readonly groups: string; readonly dials00: boolean };
};

type Line = [
  code: string,
  money: string,
  women: string,
  men: string,
  families: string,
  cities: string,
  phone: string,
  dials00: boolean,
];

// biome-ignore format: a table, one country a line
const LINES: readonly Line[] = [
  ['US', 'USD 1.1 2', 'Olivia Emma Zoë Grace', "Liam Noah Mateo D'Andre", "Parker O'Connor Nguyen Smith-Lopez", 'San Francisco|CA|941##;Los Angeles|California|900##;Austin|TX|787##;New York|NY|100##-####;St. Louis|MO|631##', '1||202 555 01##', false],
  ['CA', 'CAD 1.6 2', 'Charlotte Chloé Ava Maëlle', 'Logan Étienne William Benoît', 'Tremblay Gagné Campbell MacDonald', 'Montréal|QC|H2X #@#;Toronto|ON|M5V #@#;Vancouver|BC|V6B #@#', '1||416 555 01##', false],
  ['GB', 'GBP 0.86 2', 'Amelia Isla Poppy Siân', 'Oliver Harry Rhys Alfie', "Taylor Davies O'Brien Smythe-Jones", 'London|Greater London|N1 #@@;Manchester|Greater Manchester|M1 #@@;Stoke-on-Trent|Staffordshire|ST4 #@@;Cardiff||CF10 #@@', '44|0|20 7946 0###', true],
  ['IE', 'EUR 1 2', 'Aoife Saoirse Niamh Róisín', 'Seán Cillian Oisín Pádraig', "O'Sullivan Byrne Ó_Briain/Ní_Bhriain Murphy", 'Dublin|County Dublin|D02 @###;Cork|County Cork|T12 @#@#', '353|0|85 012 3###', true],
  ['AU', 'AUD 1.7 2', 'Matilda Ruby Zara Sienna', 'Jack Cooper Lachlan Hugo', 'Wilson Kelly Nguyen Papadopoulos', 'Sydney|NSW|2000;Parramatta|New South Wales|2150;Melbourne|VIC|30##;Perth|WA|60##', '61|0|2 5550 ####', false],
  ['FR', 'EUR 1 2', 'Valéry Éloïse Camille Léa', 'François Jean-Luc Théo Noël', "Lefèvre Dubois D'Angelo Garçon", 'Paris|Île-de-France|750##;Saint-Étienne|Auvergne-Rhône-Alpes|42000;Marseille||130##', '33|0|1 99 00 ## ##', true],
  ['DE', 'EUR 1 2', 'Jürgena Käthe Sophie Frieda', 'Jörg Günther Max Karl-Heinz', 'Müller Weiß Schröder Groß', 'Köln|Nordrhein-Westfalen|50###;München|Bayern|80###;Berlin|Berlin|10###;Düsseldorf|NRW|40###', '49|0|30 23125 ###', true],
  ['CH', 'CHF 0.95 2', 'Lena Noémie Chiara Seraina', 'Reto Urs Loïc Gian', 'Zürcher Bächli Favre Caduff', 'Zürich|ZH|80##;Genève|GE|12##;Lugano|TI|69##', '41|0|78 123 4# ##', true],
  ['ES', 'EUR 1 2', 'Lucía María Begoña Núria', 'Iñaki José Íñigo Andrés', 'García Muñoz Ibáñez Peña', 'Madrid|Madrid|280##;A Coruña|Galicia|150##;Málaga|Andalucía|290##', '34||612 34 5# ##', true],
  ['PT', 'EUR 1 2', 'Inês Conceição Beatriz Leonor', 'João Gonçalo Simão Tomás', 'Gonçalves Araújo Simões Magalhães', 'Lisboa|Lisboa|1000-###;Póvoa de Varzim|Porto|4490-###', '351||912 345 ###', true],
  ['BR', 'BRL 6.2 2', 'Ana Luíza Júlia Antônia', 'João Thiago Caetano Luís', 'Souza Assunção Araújo Conceição', 'São Paulo|SP|01###-###;Brasília|DF|70###-###;Florianópolis|Santa Catarina|88###-###', '55|0|11 96123 4###', false],
  ['MX', 'MXN 20 2', 'Ximena Sofía Guadalupe Renata', 'Ángel Jesús Emiliano Raúl', 'Hernández Núñez Ordóñez Zúñiga', 'Ciudad de México|CDMX|06###;Mérida|Yucatán|97###', '52||222 123 4###', true],
  ['IT', 'EUR 1 2', 'Giulia Nicolò Ginevra Noemi', 'Niccolò Lorenzo Andrea Leonardo', "D'Amico Rossi Lo_Presti Nicolò", "Roma|RM|001##;L'Aquila|AQ|67100;Forlì|FC|471##", '39||312 345 6###', true],
  ['NL', 'EUR 1 2', 'Anouk Fenna Zoë Liesbeth', 'Daan Jan-Willem Sjoerd Thijs', "van_den_Berg 't_Hart Jansen IJzerman", "Amsterdam|Noord-Holland|10## @@;'s-Hertogenbosch|Noord-Brabant|52## @@", '31|0|6 123 45 ###', true],
  ['SE', 'SEK 11 2', 'Åsa Linnéa Märta Elsa', 'Björn Göran Åke Oskar', 'Ångström Sjöberg Lindqvist Öberg', 'Göteborg|Västra Götaland|41# ##;Malmö|Skåne|21# ##;Stockholm||11# ##', '46|0|8 465 004 ##', true],
  ['DK', 'DKK 7.4 2', 'Søs Freja Agnes Signe', 'Søren Jørgen Åge Mads', 'Sørensen Nørgaard Kjær Østergård', 'København|Hovedstaden|21##;Aarhus|Midtjylland|80##', '45||34 41 2# ##', true],
  ['PL', 'PLN 4.3 2', 'Zofia Łucja Małgorzata Żaneta', 'Łukasz Paweł Michał Grzegorz', 'Kowalski/Kowalska Wójcik Wiśniewski/Wiśniewska Żak', 'Łódź|łódzkie|90-###;Kraków|małopolskie|31-###;Warszawa|mazowieckie|00-###', '48||512 345 ###', true],
  ['CZ', 'CZK 25 2', 'Tereza Šárka Kateřina Žofie', 'Jiří Tomáš Ondřej Štěpán', 'Novák/Nováková Dvořák/Dvořáková Svoboda/Svobodová Říha/Říhová', 'Praha|Praha|11# ##;Plzeň|Plzeňský kraj|30# ##', '420||601 123 ###', true],
  ['GR', 'EUR 1 2', 'Μαρία=maria Ελένη=eleni Αθηνά=athina Ζωή=zoi', 'Γιώργος=giorgos Νίκος=nikos Θεόδωρος=theodoros Άρης=aris', 'Παπαδόπουλος/Παπαδοπούλου=papadopoulos Οικονόμου=oikonomou Γεωργίου=georgiou', 'Αθήνα|Αττική|10# ##;Θεσσαλονίκη|Κεντρική Μακεδονία|54# ##', '30||691 234 5###', true],
  ['UA', 'UAH 48 2', 'Юлія=yuliia Оксана=oksana Соломія=solomiia Їржина=yirzhyna', 'Тарас=taras Олексій=oleksii Андрій=andrii Євген=yevhen', 'Шевченко=shevchenko Коваленко=kovalenko Мельник=melnyk Ґудзь=gudz', 'Київ|Київська область|01###;Львів|Львівська область|79###', '380|0|50 123 4# ##', true],
  ['BG', 'EUR 1 2', 'Мария=maria Ивелина=ivelina Цветелина=tsvetelina', 'Георги=georgi Иван=ivan Димитър=dimitar', 'Иванов/Иванова=ivanov Петров/Петрова=petrov Димитров/Димитрова=dimitrov', 'София|София|1###;Пловдив|Пловдив|4###', '359|0|43 012 ###', true],
  ['TR', 'TRY 48 2', 'Ayşe Çiğdem İpek Şule', 'İsmail Ömer Çağrı Uğur', 'Yılmaz Öztürk Çelik Işık', 'İstanbul|İstanbul|34###;Eskişehir|Eskişehir|26###', '90|0|501 234 5# ##', true],
  ['IL', 'ILS 4 2', 'נועה=noa תמר=tamar שירה=shira', 'יוסף=yosef איתי=itai דוד=david', 'כהן=cohen לוי=levi מזרחי=mizrahi', 'תל אביב||61#####;ירושלים||91#####', '972|0|50 234 5###', true],
  ['EG', 'EGP 54 2', 'فاطمة=fatma مريم=mariam نور=nour', 'أحمد=ahmed محمد=mohamed يوسف=youssef', 'حسن=hassan إبراهيم=ibrahim السيد=elsayed', 'القاهرة|القاهرة|11###;الإسكندرية|الإسكندرية|21###', '20|0|100 123 4###', true],
  ['AE', 'AED 4.2 2', 'عائشة=aisha لطيفة=latifa هند=hind', 'سلطان=sultan راشد=rashid خالد=khaled', 'المنصوري=almansoori الهاشمي=alhashimi', 'دبي|دبي|;أبو ظبي|أبو ظبي|', '971|0|50 123 4###', true],
  ['JP', 'JPY 175 0', 'さくら=sakura 陽菜=hina 美咲=misaki', '蓮=ren 翔太=shota 大輔=daisuke', '佐藤=sato 鈴木=suzuki 高橋=takahashi 渡邉=watanabe', '渋谷区|東京都|150-####;横浜市|神奈川県|220-####;大阪市|大阪府|530-####', '81|0|90 1234 5###', false],
  ['KR', 'KRW 1650 0', '서연=seoyeon 민지=minji 하은=haeun', '민준=minjun 지훈=jihun 도윤=doyun', '김=kim 이=lee 박=park 정=jung', '서울특별시|서울|04###;부산광역시|부산|48###', '82|0|10 2000 0###', false],
  ['TW', 'TWD 36 2', '怡君=yijun 淑芬=shufen 雅婷=yating', '志明=zhiming 家豪=jiahao 俊傑=junjie', '陳=chen 林=lin 黃=huang', '台北市||10#;高雄市||80#', '886|0|912 345 ###', false],
  ['IN', 'INR 102 2', 'प्रिया=priya अनन्या=ananya Lakshmi Divya', 'राहुल=rahul Arjun Vikram Rohan', 'शर्मा=sharma Iyer Singh Banerjee', 'मुंबई|महाराष्ट्र|4000##;Bengaluru|Karnataka|5600##', '91|0|81234 56###', true],
  ['VN', 'VND 30000 0', 'Ngọc Hương Thảo Thuỳ', 'Đức Hoàng Tuấn Quân', 'Nguyễn Trần Phạm Đặng', 'Hà Nội||100###;Thành phố Hồ Chí Minh||700###', '84|0|91 234 5###', true],
  ['TH', 'THB 37 2', 'สุดา=suda มาลี=malee พิมพ์=pim', 'สมชาย=somchai อาทิตย์=arthit ชัย=chai', 'ใจดี=jaidee ศรีสุข=srisuk', 'กรุงเทพมหานคร||10###;เชียงใหม่||50###', '66|0|81 234 5###', false],
];

const words = (text: string): string[] => text.split(' ').map((word) => word.replaceAll('_', ' '));

const fromLine = ([code, money, women, men, families, cities, phone, dials00]: Line): Country => {
  const [currency = '', rate = '1', decimals = '2'] = money.split(' ');
  const [cc = '', trunk = '', groups = ''] = phone.split('|');
  return {
    code,
    currency,
    rate: Number(rate),
    decimals: decimals === '0' ? 0 : 2,
    women: words(women),
    men: words(men),
    families: words(families),
    cities: cities.split(';').map((line) => {
      const [city = '', state = '', postcode = ''] = line.split('|');
      return [city, state, postcode] as const;
    }),
    phone: { cc, trunk, groups, dials00 },
  };
};

/** All countries of the shop, most frequent first. */
export const COUNTRIES: readonly Country[] = LINES.map(fromLine);
