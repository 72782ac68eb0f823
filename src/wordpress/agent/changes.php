<?php
// Part of the agent, see ../agent.php: the verbs that change the plugin's settings, each with what takes it back.

$fusebox_agent->changes = new class( $fusebox_agent ) {
	/** What may be put back; nothing else, and no secret. */
	const LISTS    = array( 'wpf_available_tags', 'wpf_crm_fields', 'wpf_salesforce_objects', 'wpf_salesforce_record_types' );
	const SETTINGS = array( 'sf_object_type', 'sf_record_type', 'sf_tag_type', 'sf_tag_picklist', 'crm_tag_type', 'read_only_fields', 'required_fields', 'connection_configured' );
	/** Bytes of JSON that a saved copy may have, of an answer's 1 MiB. */
	const MOST_SAVED = 786432;

	private $agent;

	public function __construct( $agent ) {
		$this->agent = $agent;
	}

	/** Another object, with its fields and record types. All of it is stored at once when every answer was good, or nothing. */
	public function set_object_type() {
		$type = $this->argument( 'object_type', '/^[A-Za-z][A-Za-z0-9_]{0,79}$/D' );
		if ( null === $type ) {
			return $this->agent->fail( 'bad_request', 'object_type must be the API name of an object.' );
		}
		$refusal = $this->agent->refresh->begin();
		if ( null !== $refusal ) {
			return $refusal;
		}
		$objects = get_option( 'wpf_salesforce_objects', null );
		if ( ! is_array( $objects ) || ! isset( $objects[ $type ] ) ) {
			return $this->agent->fail( 'not_offered', "WP Fusion does not offer $type on this site: it was not among the org's objects at the last refresh." );
		}
		$options   = $this->agent->site->options();
		$effective = apply_filters( 'wpf_crm_object_type', $type );
		if ( $effective !== $type ) {
			return $this->agent->fail( 'overridden', 'Code on this site sets the object type' . ( is_string( $effective ) ? " to $effective" : '' ) . ': the setting would change nothing.' );
		}
		if ( $type === $this->agent->site->setting( $options, 'sf_object_type', 'Contact' ) ) {
			return $this->told( 'unchanged', array(), array() );
		}
		$names = array( 'sf_object_type', 'sf_record_type', 'read_only_fields', 'required_fields', 'wpf_crm_fields', 'wpf_salesforce_record_types' );
		$steps = array( 'fields', 'record_types' );
		if ( 'Picklist' === $this->agent->site->setting( $options, 'sf_tag_type', 'Topics' ) ) {
			// The segments are values of a field, and another object has another one.
			$steps[] = 'segments';
			$names[] = 'wpf_available_tags';
		}
		wp_fusion()->settings->set( 'sf_object_type', $type );
		return $this->apply( $names, $steps, array( 'sf_object_type' => array( $type ) ) );
	}

	/** Another kind of segments, with their list. As on the settings page, but nobody's segments are synced anew. */
	public function set_segment_type() {
		$type  = $this->argument( 'segment_type', '/^[A-Za-z]{1,20}$/D' );
		$field = $this->argument( 'picklist_field', '/^[A-Za-z][A-Za-z0-9_]{0,79}$/D' );
		$types = $this->agent->lists->segment_types();
		if ( null === $type || ! isset( $types[ $type ] ) ) {
			return $this->agent->fail( 'bad_request', 'segment_type must be one of ' . implode( ', ', array_keys( $types ) ) . '.' );
		}
		if ( ( 'Picklist' === $type ) !== ( null !== $field ) ) {
			return $this->agent->fail( 'bad_request', 'picklist_field must be the API name of a field with Picklist, and with no other segment type.' );
		}
		$refusal = $this->agent->refresh->begin();
		if ( null !== $refusal ) {
			return $refusal;
		}
		$options = $this->agent->site->options();
		if ( $this->agent->site->setting( $options, 'sf_tag_type', 'Topics' ) === $type && ( null === $field || $this->agent->lists->picklist( $options ) === $field ) ) {
			return $this->told( 'unchanged', array(), array() );
		}
		$wanted = array( 'sf_tag_type' => array( $type ) );
		if ( null !== $field ) {
			$wanted['sf_tag_picklist'] = array( $field );
		}
		if ( isset( $options['crm_tag_type'] ) ) {
			// The word that the plugin's pages use. It writes it anew only where an administrator's page is open.
			$wanted['crm_tag_type'] = array( 'Topics' === $type ? 'Topic' : 'Tag' );
		}
		foreach ( array_reverse( $wanted ) as $name => $value ) {
			wp_fusion()->settings->set( $name, $value[0] );
		}
		return $this->apply( array_merge( array_keys( $wanted ), array( 'wpf_available_tags' ) ), array( 'segments' ), $wanted );
	}

	/** What the settings page saves after a good test, with which WP Fusion takes itself for connected. */
	public function configure() {
		$refusal = $this->agent->refresh->begin();
		if ( null !== $refusal ) {
			return $refusal;
		}
		$options = $this->agent->site->options();
		if ( ! empty( $options['connection_configured'] ) ) {
			return $this->told( 'unchanged', array(), array() );
		}
		$connect = $this->agent->refresh->connect();
		if ( 'done' !== $connect['outcome'] ) {
			return $this->told( $connect['outcome'], array( $connect ), array() );
		}
		return $this->store( array( 'connection_configured' ), array( $connect ), array( 'connection_configured' => array( true ) ), array() );
	}

	/** The steps that must follow, on the settings in memory; then everything is stored together, or nothing. */
	private function apply( $names, $steps, $settings ) {
		$crm = $this->agent->site->crm;
		// It loads the instance's address, the session and the object type anew; connect() does it the first time only.
		method_exists( $crm, 'get_params' ) ? $crm->get_params() : $crm->connect();
		$lists = array();
		$done  = array();
		foreach ( $steps as $name ) {
			$step   = $this->agent->refresh->step( $name, false );
			$done[] = $step;
			if ( 'done' !== $step['outcome'] && ! ( 'record_types' === $name && 'kept' === $step['outcome'] ) ) {
				return $this->told( 'kept' === $step['outcome'] ? 'failed' : $step['outcome'], $done, array() );
			}
			$saves = $this->agent->refresh->saves( $name );
			if ( isset( $this->agent->gate->held[ $saves[0] ] ) ) {
				$lists[ $saves[0] ] = $this->agent->gate->held[ $saves[0] ];
			}
			$settings += $this->agent->refresh->held( $saves[1] );
		}
		if ( isset( $settings['sf_object_type'], $lists['wpf_salesforce_record_types'] ) ) {
			$chosen = $this->agent->site->setting( $this->agent->site->fresh(), 'sf_record_type', '' );
			if ( '' !== $chosen && ! isset( $lists['wpf_salesforce_record_types'][ $chosen ] ) ) {
				// It belongs to the other object.
				$settings['sf_record_type'] = null;
			}
		}
		return $this->store( $names, $done, $settings, $lists );
	}

	/** Stores, and answers with the copy that takes it back. What did not stick is put back at once. */
	private function store( $names, $steps, $settings, $lists ) {
		$before = $this->copy( $names );
		$missed = $this->agent->gate->save( $settings, $lists );
		if ( array() !== $missed ) {
			$this->put( $before );
			return $this->agent->fail( 'failed', 'The site did not store ' . implode( ', ', $missed ) . '; what was there before was put back.' );
		}
		return $this->told( 'done', $steps, $before );
	}

	private function told( $outcome, $steps, $before ) {
		$saved = array();
		$left  = array();
		$bytes = 0;
		foreach ( $before as $name => $json ) {
			$bytes += strlen( (string) json_encode( $json ) );
			$list   = in_array( $name, self::LISTS, true );
			if ( false === $json || ( $list && $bytes > self::MOST_SAVED ) ) {
				$left[] = $name;
				continue;
			}
			$after   = $this->json( $name );
			$saved[] = array( 'name' => $name, 'before' => $json, 'now' => $this->hash( $after ) ) + ( $list ? array() : array( 'after' => $after ) );
		}
		$text = '';
		foreach ( $steps as $step ) {
			$text = '' === $text ? $step['text'] : $text;
		}
		return $this->agent->good(
			array(
				'outcome'  => $outcome,
				'text'     => 'done' === $outcome ? '' : $text,
				'steps'    => $steps,
				'saved'    => $saved,
				'left_out' => $left,
			) + $this->agent->refresh->connection()
		);
	}

	/** Puts values back that are still what they were after the change. */
	public function restore() {
		$values = isset( $this->agent->request['arguments']['values'] ) ? $this->agent->request['arguments']['values'] : null;
		if ( ! is_array( $values ) || array() === $values ) {
			return $this->agent->fail( 'bad_request', 'values must be a list of what is to be put back.' );
		}
		$wanted  = array();
		$changed = array();
		foreach ( $values as $value ) {
			$name = isset( $value['name'] ) ? $value['name'] : null;
			if ( ! in_array( $name, array_merge( self::LISTS, self::SETTINGS ), true ) || ! isset( $value['expect'] ) || ! array_key_exists( 'value', $value ) ) {
				return $this->agent->fail( 'bad_request', 'values may hold WP Fusion\'s own settings without secrets alone, each with name, value and expect.' );
			}
			$json = $value['value'];
			if ( null !== $json && ( ! is_string( $json ) || ( 'null' !== $json && null === json_decode( $json, true ) ) ) ) {
				return $this->agent->fail( 'bad_request', "The value of $name is no JSON." );
			}
			$wanted[ $name ] = $json;
			if ( $this->hash( $this->json( $name ) ) !== $value['expect'] ) {
				$changed[] = $name;
			}
		}
		$refusal = $this->agent->refresh->begin();
		if ( null !== $refusal ) {
			return $refusal;
		}
		if ( array() !== $changed ) {
			return $this->agent->fail( 'changed', 'Changed since: ' . implode( ', ', $changed ) . '. Nothing was put back.' );
		}
		$before = $this->copy( array_keys( $wanted ) );
		$missed = $this->put( $wanted );
		if ( array() !== $missed ) {
			$this->put( $before );
			return $this->agent->fail( 'failed', 'The site did not store ' . implode( ', ', $missed ) . '; what was there before was put back.' );
		}
		return $this->told( 'done', array(), $before );
	}

	private function put( $values ) {
		$settings = array();
		$lists    = array();
		foreach ( array_diff_key( $values, array_filter( $values, 'is_bool' ) ) as $name => $json ) {
			$value = null === $json ? null : json_decode( $json, true );
			if ( in_array( $name, self::LISTS, true ) ) {
				$lists[ $name ] = $value;
			} else {
				$settings[ $name ] = null === $json ? null : array( $value );
			}
		}
		return $this->agent->gate->save( $settings, $lists );
	}

	/** The values as JSON, by name; null for one that is not stored. */
	private function copy( $names ) {
		$copy = array();
		foreach ( $names as $name ) {
			$copy[ $name ] = $this->json( $name );
		}
		return $copy;
	}

	private function json( $name ) {
		if ( in_array( $name, self::LISTS, true ) ) {
			$stored = get_option( $name, null );
			return null === $stored ? null : json_encode( $stored, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE );
		}
		$options = $this->agent->site->fresh();
		return array_key_exists( $name, $options ) ? json_encode( $options[ $name ], JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE ) : null;
	}

	private function hash( $json ) {
		return hash( 'sha256', null === $json ? 'absent' : "is $json" );
	}

	private function argument( $name, $pattern ) {
		$value = isset( $this->agent->request['arguments'][ $name ] ) ? $this->agent->request['arguments'][ $name ] : null;
		return is_string( $value ) && preg_match( $pattern, $value ) ? $value : null;
	}
};
