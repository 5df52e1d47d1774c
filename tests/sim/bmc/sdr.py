# SPDX-License-Identifier: GPL-2.0-or-later
"""The simulated board's sensors: one table, from which sdrcomp's source and ipmi_sim's commands
are made. Names of up to four capitals come out garbled from sdrcomp, so none is."""

# number, name, SDR type, type code, unit, m, r_exp, raw value at start
SENSORS = (
    (1, "CPU1 Temp", "Temperature", 1, "degrees_C", 1, 0, 45),
    (2, "Inlet Temp", "Temperature", 1, "degrees_C", 1, 0, 23),
    (3, "Fan1", "Fan", 4, "RPM", 75, 0, 80),
    (4, "Fan2", "Fan", 4, "RPM", 75, 0, 82),
    (5, "V12 rail", "Voltage", 2, "Volts", 6, -2, 202),
    (6, "V3.3 rail", "Voltage", 2, "Volts", 2, -2, 166),
    (7, "CPU2 Temp", "Temperature", 1, "degrees_C", 1, 0, 44),
    (8, "V5 rail", "Voltage", 2, "Volts", 3, -2, 167),
)

# With states instead of a value: number, name, SDR type, type code
DISCRETE = (
    (9, "PS1 Status", "Power_Supply", 8),
)

_HEAD = """sdr type 18
	device_slave_address 0x20
	device_channel_number 0
	chassis true
	ipmb_event_gen false
	ipmb_event_recv false
	fru_inventory true
	sel true
	sdr true
	sensor true
	entity_id system_board
	entity_instance 1
	id_string "TestBMC"
endsdr
sdr type 3
	sensor_owner_id 0x20
	sensor_owner_lun 0
	channel_number 0
	sensor_number 0
	entity_id system_board
	entity_instance 1
	sensor_type Watchdog_2
	event_reading_type_code 0x6f
	id_string "watchdog"
endsdr
"""

_FULL = """sdr type 1
	sensor_owner_id 0x20
	sensor_owner_lun 0
	channel_number 0
	sensor_number {number}
	entity_id system_board
	entity_instance 1
	sensor_type {kind}
	init_scanning true
	init_sensor_type true
	default_sensor_scan_on true
	event_reading_type_code 1
	analog_data_format unsigned
	rate_unit none
	modifier_unit none
	percentage false
	base_unit {unit}
	modifier_unit_code unspecified
	linearization linear
	m {m}
	tolerance 0
	b 0
	accuracy 1
	accuracy_exp 0
	sensor_direction input
	r_exp {r_exp}
	b_exp 0
	sensor_maximum 255
	sensor_minimum 0
	id_string "{name}"
endsdr
"""

_COMPACT = """sdr type 2
	sensor_owner_id 0x20
	sensor_owner_lun 0
	channel_number 0
	sensor_number {number}
	entity_id power_supply
	entity_instance {number}
	sensor_type {kind}
	init_scanning true
	default_sensor_scan_on true
	event_reading_type_code 0x6f
	id_string "{name}"
endsdr
"""

_STATES = "000111111000000 000111111000000"


def sdr_source():
    """What sdrcomp reads."""
    return _HEAD + "".join(
        _FULL.format(number=number, name=name, kind=kind, unit=unit, m=m, r_exp=r_exp)
        for number, name, kind, _, unit, m, r_exp, _ in SENSORS) + "".join(
        _COMPACT.format(number=number, name=name, kind=kind)
        for number, name, kind, _ in DISCRETE)


def readings():
    """number -> raw value at start."""
    return {**{row[0]: row[-1] for row in SENSORS}, **{row[0]: 0 for row in DISCRETE}}


def emu_sensors(folder):
    """What ipmi_sim reads in place of @SENSORS@. It reads values from files, FOLDER/reading-NUMBER:
    from 2.0.34 on it refuses to tell (0xce) those of sensors it was only told about."""
    codes = {**{row[0]: (row[3], 1) for row in SENSORS},
             **{row[0]: (row[3], 0x6f) for row in DISCRETE}}
    return "\n".join(
        f"sensor_add 0x20 0 {number} {kind} {event} poll 100 file \"{folder}/reading-{number}\"\n"
        f"sensor_set_event_support 0x20 0 {number} enable scanning per-state {_STATES} {_STATES}"
        for number, (kind, event) in codes.items())
