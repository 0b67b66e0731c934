/** States and provinces that are known by a code, from their folded names. */

const table = (rows: string): ReadonlyMap<string, string> =>
  new Map(
    rows
      .trim()
      .split(/\s+/)
      .map((row) => row.split(':') as [string, string]),
  );

/** States, the district, territories and military posts of the USA (USPS Publication 28, Appendix B), with common short forms. */
export const US_STATES = table(`
  alabama:al alaska:ak arizona:az arkansas:ar california:ca colorado:co connecticut:ct delaware:de florida:fl georgia:ga
  hawaii:hi idaho:id illinois:il indiana:in iowa:ia kansas:ks kentucky:ky louisiana:la maine:me maryland:md massachusetts:ma
  michigan:mi minnesota:mn mississippi:ms missouri:mo montana:mt nebraska:ne nevada:nv newhampshire:nh newjersey:nj
  newmexico:nm newyork:ny northcarolina:nc northdakota:nd ohio:oh oklahoma:ok oregon:or pennsylvania:pa rhodeisland:ri
  southcarolina:sc southdakota:sd tennessee:tn texas:tx utah:ut vermont:vt virginia:va washington:wa westvirginia:wv
  wisconsin:wi wyoming:wy districtofcolumbia:dc washingtondc:dc
  puertorico:pr guam:gu americansamoa:as northernmarianaislands:mp usvirginislands:vi unitedstatesvirginislands:vi
  armedforcesamericas:aa armedforceseurope:ae armedforcespacific:ap
  virginislands:vi newyorkstate:ny washingtonstate:wa stateofwashington:wa calif:ca mass:ma penn:pa conn:ct wash:wa
`);

/** Short forms of before the two-letter codes, such as Calif. and N. Mex.; read as states only where the country is known to be the USA. */
export const US_SHORT_FORMS = table(`
  ala:al ariz:az ark:ar colo:co fla:fl ill:il ind:in kan:ks kans:ks mich:mi minn:mn miss:ms mont:mt neb:ne nebr:ne nev:nv
  nmex:nm ndak:nd sdak:sd okla:ok ore:or oreg:or tenn:tn tex:tx wva:wv wis:wi wisc:wi wyo:wy del:de
  ncarolina:nc scarolina:sc ndakota:nd sdakota:sd nhampshire:nh njersey:nj nmexico:nm nyork:ny wvirginia:wv
`);

export const US_STATE_CODES: ReadonlySet<string> = new Set(US_STATES.values());

/** Provinces and territories of Canada, in English and French. */
export const CA_PROVINCES = table(`
  alberta:ab britishcolumbia:bc colombiebritannique:bc manitoba:mb newbrunswick:nb nouveaubrunswick:nb
  newfoundlandandlabrador:nl newfoundland:nl terreneuveetlabrador:nl novascotia:ns nouvelleécosse:ns ontario:on
  princeedwardisland:pe îleduprinceédouard:pe quebec:qc québec:qc saskatchewan:sk northwestterritories:nt
  territoiresdunordouest:nt nunavut:nu yukon:yt
`);
