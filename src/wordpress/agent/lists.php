<?php
// Part of the agent, see ../agent.php: what the plugin offers and what it stored at its last refresh.

$fusebox_agent->lists = new class( $fusebox_agent ) {
	/** Of an answer's 1 MiB, in bytes of JSON. What does not fit is counted and left out. */
	const MOST_SEGMENTS     = 524288;
	const MOST_FIELDS       = 262144;
	const MOST_OBJECTS      = 65536;
	const MOST_RECORD_TYPES = 65536;
	const LONGEST_LABEL     = 255;

	private $agent;

	public function __construct( $agent ) {
		$this->agent = $agent;
	}

	/** The segment types of the plugin's settings page. */
	public function segment_types() {
		return array(
			'Topics'   => 'Topics',
			'Picklist' => 'Picklist',
			'Personal' => 'Personal tags',
			'Public'   => 'Public tags',
		);
	}

	/** What can be chosen on the plugin's settings page, and what is. */
	public function choices() {
		$refusal = $this->agent->site->refusal( false );
		if ( null !== $refusal ) {
			return $refusal;
		}
		$site      = $this->agent->site;
		$options   = $site->options();
		$stored    = $site->setting( $options, 'sf_object_type', null );
		$effective = $site->object_type( $options );
		$objects   = $this->fit( $this->pairs( 'wpf_salesforce_objects', 'name', 'label' ), self::MOST_OBJECTS );
		$records   = $this->fit( $this->pairs( 'wpf_salesforce_record_types', 'id', 'name' ), self::MOST_RECORD_TYPES );
		$segments  = array();
		foreach ( $this->segment_types() as $name => $label ) {
			$segments[] = array( 'name' => $name, 'label' => $label );
		}
		return $this->agent->good(
			array(
				'object_types'  => $objects[0],
				'object_type'   => array(
					'stored'     => $stored,
					'effective'  => $effective,
					'overridden' => ( null === $stored ? 'Contact' : $stored ) !== $effective,
				),
				'segment_types' => $segments,
				'segment_type'  => array(
					'stored'   => $site->setting( $options, 'sf_tag_type', null ),
					'picklist' => $this->picklist( $options ),
				),
				'record_types'  => $records[0],
				'record_type'   => $site->setting( $options, 'sf_record_type', null ),
				'left_out'      => array( 'object_types' => $objects[1], 'record_types' => $records[1] ),
			)
		);
	}

	/** The form saves the picklist as an array, the plugin's own function as a text. */
	public function picklist( $options ) {
		$stored = isset( $options['sf_tag_picklist'] ) ? $options['sf_tag_picklist'] : null;
		$stored = is_array( $stored ) && isset( $stored['crm_field'] ) ? $stored['crm_field'] : $stored;
		return is_string( $stored ) && '' !== $stored ? $stored : null;
	}

	/** The lists of the last refresh: two answers, one before and one after another, make a difference. */
	public function lists() {
		$refusal = $this->agent->site->refusal( false );
		if ( null !== $refusal ) {
			return $refusal;
		}
		$options  = $this->agent->site->options();
		$segments = $this->fit( $this->pairs( 'wpf_available_tags', 'id', 'label' ), self::MOST_SEGMENTS );
		$fields   = $this->fit( $this->fields( $options ), self::MOST_FIELDS );
		$records  = $this->fit( $this->pairs( 'wpf_salesforce_record_types', 'id', 'name' ), self::MOST_RECORD_TYPES );
		$objects  = $this->fit( $this->pairs( 'wpf_salesforce_objects', 'name', 'label' ), self::MOST_OBJECTS );
		return $this->agent->good(
			array(
				'object_type'  => $this->agent->site->object_type( $options ),
				'segment_type' => $this->agent->site->setting( $options, 'sf_tag_type', 'Topics' ),
				'segments'     => $segments[0],
				'fields'       => $fields[0],
				'record_types' => $records[0],
				'object_types' => $objects[0],
				'left_out'     => array(
					'segments'     => $segments[1],
					'fields'       => $fields[1],
					'record_types' => $records[1],
					'object_types' => $objects[1],
				),
			)
		);
	}

	/** A stored list as rows; null where none is stored. A label may be an array that holds one. */
	private function pairs( $option, $key, $value ) {
		$stored = get_option( $option, null );
		if ( ! is_array( $stored ) ) {
			return null;
		}
		$rows = array();
		foreach ( $stored as $name => $label ) {
			$label  = is_array( $label ) && isset( $label['label'] ) ? $label['label'] : $label;
			$rows[] = array( $key => (string) $name, $value => $this->label( $label ) );
		}
		return $rows;
	}

	private function fields( $options ) {
		$stored = get_option( 'wpf_crm_fields', null );
		if ( ! is_array( $stored ) ) {
			return null;
		}
		$read_only = array_flip( $this->agent->looks->words( $options, 'read_only_fields' ) );
		$required  = array_flip( $this->agent->looks->words( $options, 'required_fields' ) );
		$rows      = array();
		foreach ( $stored as $group => $fields ) {
			foreach ( is_array( $fields ) ? $fields : array() as $name => $label ) {
				$label  = is_array( $label ) && isset( $label['crm_label'] ) ? $label['crm_label'] : $label;
				$rows[] = array(
					'name'      => (string) $name,
					'label'     => $this->label( $label ),
					'custom'    => 'Custom Fields' === $group,
					'read_only' => isset( $read_only[ $name ] ),
					'required'  => isset( $required[ $name ] ),
				);
			}
		}
		return $rows;
	}

	private function label( $label ) {
		return is_scalar( $label ) ? mb_substr( (string) $label, 0, self::LONGEST_LABEL, 'UTF-8' ) : '';
	}

	/** As many rows as fit into `$bytes` of JSON, and how many did not. */
	private function fit( $rows, $bytes ) {
		if ( null === $rows ) {
			return array( null, 0 );
		}
		foreach ( $rows as $place => $row ) {
			$bytes -= strlen( (string) json_encode( $row ) ) + 1;
			if ( $bytes < 0 ) {
				return array( array_slice( $rows, 0, $place ), count( $rows ) - $place );
			}
		}
		return array( $rows, 0 );
	}
};
