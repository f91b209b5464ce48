/** Object definitions as OMA publishes them, small: the Object begins in line 2, its first Item in line 4. */

export const DEFINITION =
  '<Name>Tank</Name><ObjectID>33000</ObjectID><ObjectVersion>1.0</ObjectVersion><MultipleInstances>Multiple</MultipleInstances><Mandatory>Optional</Mandatory>'

export const ITEM =
  '<Item ID="5"><Name>Sensor</Name><Operations>R</Operations><MultipleInstances>Single</MultipleInstances><Mandatory>Mandatory</Mandatory><Type>Unsigned Integer</Type><RangeEnumeration>0..100</RangeEnumeration><Units>%</Units></Item>'

export function objectXml(definition = DEFINITION, items = ITEM): string {
  return `<?xml version="1.0"?><LWM2M>\n<Object ObjectType="MODefinition">${definition}\n<Resources>\n${items}</Resources></Object></LWM2M>`
}
